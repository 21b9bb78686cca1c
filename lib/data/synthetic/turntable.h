// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <vector>

#include "betwixt/image/images.h"

namespace betwixt {

/// Which object is seen, and from where.
struct TurntableOptions {
  int pixels = 64;     ///< height and width
  int object = 0;      ///< which object: 0 a toy truck, 1 a house, 2 a duck, 3 a stack of blocks
  double height = 32;  ///< camera height above the table, degrees
};

/// An object on a turntable before black, in the manner of COIL-100 (Nene, Nayar, Murase 1996), as a scene of our own.
/// No object is symmetric: every angle looks different. One RGB picture per angle in degrees, any real number.
/// E_ARGUMENT for an unknown object or pixels < 1.
Images turntable(std::span<const double> degrees, const TurntableOptions& options = {});

/// The data set's views: 0, 5 ... 355 degrees.
std::vector<double> turntable_views();

}  // namespace betwixt
