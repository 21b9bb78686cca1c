// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>

#include "betwixt/core/error.h"

namespace betwixt::capi {

/// Numbers of an options struct, as betwixt.h describes them.
class OptionNumbers {
 public:
  explicit OptionNumbers(const char* operation) : operation_(operation) {}

  /// E_NOT_FINITE for NaN and infinity.
  double finite(double value, const char* field) const {
    if (!std::isfinite(value)) throw Error(ErrorCode::kNotFinite, operation_, "%s is %g", field, value).in(field);
    return value;
  }
  /// `fallback` for 0, 0 for a negative number.
  double optional(double value, double fallback, const char* field) const {
    return finite(value, field) == 0 ? fallback : std::max(value, 0.0);
  }
  /// `fallback` for 0; E_VALUE for a negative number.
  double positive(double value, double fallback, const char* field) const {
    const double given = at_least_zero(value, field);
    return given == 0 ? fallback : given;
  }
  double at_least_zero(double value, const char* field) const {
    if (finite(value, field) < 0) throw Error(ErrorCode::kValue, operation_, "%s is %g", field, value).in(field);
    return value;
  }
  /// One of 0 to `last`; E_UNSUPPORTED otherwise.
  int choice(int value, int last, const char* field) const {
    if (value < 0 || value > last) throw Error(ErrorCode::kUnsupported, operation_, "%s is %d", field, value).in(field);
    return value;
  }

 private:
  const char* operation_;
};

}  // namespace betwixt::capi
