// SPDX-License-Identifier: MIT
#include "betwixt/core/checked.h"

namespace betwixt {

void CheckedSize::overflow(const char* what, std::uint64_t a, std::uint64_t b) {
  throw Error(ErrorCode::kOverflow, "size", "%s of %llu and %llu wraps", what, static_cast<unsigned long long>(a),
              static_cast<unsigned long long>(b));
}

}  // namespace betwixt
