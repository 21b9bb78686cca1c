// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/tensor/tensor.h"

namespace betwixt {

/// How closely the largest singular value is followed.
struct SpectralNormOptions {
  int iterations = 1;      ///< of the power method; 0 uses `left`, made a unit vector, as it is
  double epsilon = 1e-12;  ///< added to the norms that are divided by
};

/// A weight of spectral norm 1, and what it was made with.
struct SpectralNormResult {
  Tensor weight;  ///< divided by its largest singular value, as estimated
  Tensor left;    ///< [out], unit vector: the estimate to start the next call from
  Tensor sigma;   ///< [1], the largest singular value
};

/// Spectral normalisation (Miyato, Kataoka, Koyama, Yoshida 2018): the weight seen as a matrix [out, everything else],
/// divided by its largest singular value, which a power iteration follows from call to call.
///   weight [..., out]   left [out], any vector that is not zero, kept in a state between steps
/// f32 or f64, differentiable in `weight` with the singular vectors held fixed; made of other ops, so it runs where
/// they do. E_SHAPE when the shapes do not fit, E_VALUE for negative options.
SpectralNormResult spectral_norm(const Tensor& weight, const Tensor& left, const SpectralNormOptions& options = {});

}  // namespace betwixt
