// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "betwixt/core/error.h"

namespace betwixt {

/// A size that came from a file or a caller. Every sum, product and narrowing is checked and throws E_OVERFLOW,
/// so a wrapped size can never reach an allocation. `value()` hands the number out once it is trusted.
class CheckedSize {
 public:
  constexpr CheckedSize() = default;
  /// A number nothing is known of yet.
  constexpr explicit CheckedSize(std::uint64_t value) : value_(value) {}

  /// The number itself.
  constexpr std::uint64_t value() const { return value_; }

  /// The value as std::size_t (32-bit platforms), or E_OVERFLOW.
  std::size_t size() const { return narrow<std::size_t>(); }

  /// The value as a smaller integer type, or E_OVERFLOW.
  template <class To>
  To narrow() const {
    if (value_ > static_cast<std::uint64_t>(std::numeric_limits<To>::max()))
      overflow("narrowing", value_, sizeof(To) * 8);
    return static_cast<To>(value_);
  }

  /// E_OVERFLOW past 2^64 - 1.
  friend CheckedSize operator+(CheckedSize a, CheckedSize b) {
    if (a.value_ > std::numeric_limits<std::uint64_t>::max() - b.value_) overflow("sum", a.value_, b.value_);
    return CheckedSize(a.value_ + b.value_);
  }
  /// E_OVERFLOW past 2^64 - 1.
  friend CheckedSize operator*(CheckedSize a, CheckedSize b) {
    if (b.value_ != 0 && a.value_ > std::numeric_limits<std::uint64_t>::max() / b.value_)
      overflow("product", a.value_, b.value_);
    return CheckedSize(a.value_ * b.value_);
  }
  /// E_OVERFLOW below 0.
  friend CheckedSize operator-(CheckedSize a, CheckedSize b) {
    if (b.value_ > a.value_) overflow("difference", a.value_, b.value_);
    return CheckedSize(a.value_ - b.value_);
  }
  /// E_OVERFLOW past 2^64 - 1.
  CheckedSize& operator+=(CheckedSize b) { return *this = *this + b; }
  /// E_OVERFLOW past 2^64 - 1.
  CheckedSize& operator*=(CheckedSize b) { return *this = *this * b; }

  /// Rounds up to a multiple of `alignment`, a power of two.
  CheckedSize aligned(std::uint64_t alignment) const {
    return CheckedSize((*this + CheckedSize(alignment - 1)).value_ & ~(alignment - 1));
  }

  /// Compares the numbers.
  friend constexpr bool operator==(CheckedSize, CheckedSize) = default;
  /// Compares the numbers.
  friend constexpr auto operator<=>(CheckedSize, CheckedSize) = default;

 private:
  [[noreturn]] static void overflow(const char* what, std::uint64_t a, std::uint64_t b);

  std::uint64_t value_ = 0;
};

}  // namespace betwixt
