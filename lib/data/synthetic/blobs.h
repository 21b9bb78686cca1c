// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "betwixt/image/images.h"

namespace betwixt {

/// One ellipse. Lengths are fractions of the picture's width; (0, 0) is the top left corner.
struct BlobFactors {
  double x = 0.5;                                         ///< centre, from the left
  double y = 0.5;                                         ///< centre, from the top
  double radius_x = 0.25;                                 ///< half axis along x before turning
  double radius_y = 0.15;                                 ///< half axis along y before turning
  double angle = 0;                                       ///< radians, clockwise
  std::array<double, 3> colour{0.95, 0.60, 0.20};         ///< of the ellipse, 0-1; colour pictures only
  std::array<double, 3> ground_top{0.20, 0.25, 0.45};     ///< background gradient; colour pictures only
  std::array<double, 3> ground_bottom{0.55, 0.65, 0.75};  ///< the other end of that gradient
};

/// How blobs are drawn.
struct BlobOptions {
  int pixels = 28;      ///< height and width; 64 is usual for colour
  bool colour = false;  ///< RGB over a gradient instead of white on black
};

/// Anti-aliased ellipses, one picture per row of factors: the first data of transformation-based interpolation.
/// E_ARGUMENT for radii that are not positive.
Images blobs(std::span<const BlobFactors> factors, const BlobOptions& options = {});

/// `count` blobs with random centres, axes, angles and colours that stay inside the picture.
std::vector<BlobFactors> random_blobs(std::int64_t count, std::uint64_t seed);

}  // namespace betwixt
