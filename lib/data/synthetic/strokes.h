// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "betwixt/image/images.h"

namespace betwixt {

/// One cubic Bezier stroke. Lengths are fractions of the picture's width; (0, 0) is the top left corner.
struct StrokeFactors {
  std::array<double, 4> x{0.2, 0.4, 0.6, 0.8};  ///< control points
  std::array<double, 4> y{0.8, 0.2, 0.8, 0.2};  ///< control points
  double width = 0.09;                          ///< full width of the line
};

/// Anti-aliased white strokes on black, one grey picture of `pixels` x `pixels` per row of factors: digits' little
/// sisters. E_ARGUMENT for a width that is not positive.
Images strokes(std::span<const StrokeFactors> factors, int pixels = 28);

/// `count` strokes with random control points, 2 to 3 pixels wide at 28.
std::vector<StrokeFactors> random_strokes(std::int64_t count, std::uint64_t seed);

}  // namespace betwixt
