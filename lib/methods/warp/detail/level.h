// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "betwixt/image/images.h"
#include "betwixt/tensor/state.h"

namespace betwixt::detail {

/// Both pictures at one size, as the fit compares them. Index 0 is the first picture, 1 the second.
struct Level {
  int height = 0;
  int width = 0;
  bool whole = false;  ///< so coarse that the flow does not break: at most 16 pixels, a quarter of the full size
  State pictures;      ///< [2,h,w,c] in [0, 1]
  State features;      ///< [2,h,w,c+1]: the colours and their local contrast
  State stiffness;     ///< [2,h,w,1] in (0, 1]: small at edges, where motion may break
};

/// Levels from full size down. The local contrast is (grey - blurred grey) / sqrt(local variance + 0.05^2), a measure
/// that lighting changes little.
std::vector<Level> make_levels(const Device& device, const Images& pair, int count);

/// Largest useful count: the shorter side of the coarsest level is still 8 pixels, or as near as it gets.
int level_count(int height, int width);

}  // namespace betwixt::detail
