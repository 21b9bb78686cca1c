// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "betwixt/tensor/tensor.h"

namespace betwixt {

enum class PadMode : std::uint8_t {
  kZero,     ///< 0 0 | a b c | 0 0
  kClamp,    ///< a a | a b c | c c
  kReflect,  ///< c b | a b c | b a : the border element is not repeated
};

/// Elements added before and after one axis.
struct PadAmount {
  std::int64_t before = 0;  ///< elements in front
  std::int64_t after = 0;   ///< elements behind
  /// The same on both sides.
  friend bool operator==(const PadAmount&, const PadAmount&) = default;
};

/// Adds a border: one amount per axis, none negative, else E_SHAPE. Reflection needs amounts smaller than the axis,
/// clamping an axis that is not empty. Any element type; float types are differentiable.
Tensor pad(const Tensor& x, const std::vector<PadAmount>& amounts, PadMode mode = PadMode::kZero);

/// As pad, for the axes h and w of pictures [n,h,w,c], the same amount on all four sides.
Tensor pad_pictures(const Tensor& x, std::int64_t amount, PadMode mode = PadMode::kZero);

}  // namespace betwixt
