// SPDX-License-Identifier: MIT
#pragma once

namespace betwixt {

/// std::bit_cast, which standard libraries before libc++ 14 lack: the bits of `from` as a value of another type of the
/// same size.
template <class To, class From>
constexpr To bit_cast(const From& from) noexcept {
  return __builtin_bit_cast(To, from);
}

}  // namespace betwixt
