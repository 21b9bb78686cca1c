// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <vector>

#include "betwixt/image/images.h"

namespace betwixt {

/// The "lines" of ACAI (Berthelot, Raffel, Roy, Goodfellow 2018), pixel for pixel as in the authors' code: 32 x 32,
/// values in [-1, 1], a 2 pixel wide line from the centre (16, 16), 15 long, at an angle in radians, counted
/// counter-clockwise from the right. Rows of 1024 values, one per angle.
std::vector<float> line_rows(std::span<const double> angles);

/// The same as grey pictures: -1 becomes 0 and 1 becomes 255.
Images lines(std::span<const double> angles);

/// 2 pi k / count, k = 0 ... count - 1: the benchmark's reference set with count = 10,000.
std::vector<double> line_angles(int count = 10000);

}  // namespace betwixt
