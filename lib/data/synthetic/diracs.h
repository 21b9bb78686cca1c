// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <vector>

#include "betwixt/image/images.h"

namespace betwixt {

/// A point of light; pixel i covers positions around i: x = 0 is the centre of the first column.
struct DiracFactors {
  double x = 0;  ///< column, may lie between pixels
  double y = 0;  ///< row, may lie between pixels
};

/// The picture the points are drawn in.
struct DiracOptions {
  int height = 63;     ///< pixels
  int width = 63;      ///< pixels
  double sigma = 1.5;  ///< Gaussian blur, pixels; 0 lights the nearest pixel alone
};

/// Blurred points at any real position (Newson et al. 2020, position experiments): exp(-d^2 / 2 sigma^2), so the
/// brightest possible pixel is white. One grey picture per position.
Images diracs(std::span<const DiracFactors> factors, const DiracOptions& options = {});

/// The 1-D signals: rows of `length` values, exp(-(i - position)^2 / 2 sigma^2), or an exact unit impulse at the
/// nearest index for sigma 0.
std::vector<float> dirac_rows(std::span<const double> positions, int length = 63, double sigma = 0);

}  // namespace betwixt
