// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/ops/activation.h"
#include "betwixt/tensor/tensor.h"

namespace betwixt {

// Normalisations: y = activation((x - mean) / sqrt(variance + epsilon) * scale + bias), f32 or f64. Mean and variance
// are those of x over a set of axes, the variance divides by the number of elements (biased). They are summed in blocks
// around each block's own mean (Chan, Golub, LeVeque 1983), so that a large mean does no harm; same bits for any number
// of threads. Differentiable any number of times; second derivatives go through the slow composition.

struct NormOptions {
  double epsilon = 1e-5;              ///< added to the variance, > 0
  ActivationOptions activation = {};  ///< applied to the result
};

/// A batch normalised, and its statistics.
struct BatchNormResult {
  Tensor y;         ///< the result, of x's shape
  Tensor mean;      ///< [c], of this batch
  Tensor variance;  ///< [c], of this batch, biased
};

/// Batch normalisation while training (Ioffe and Szegedy 2015): statistics per channel over all other axes.
///   x [..., c]   scale, bias [c]
/// Running statistics are the caller's state: assign(state, (1 - momentum) * state + momentum * mean). PyTorch keeps
/// the unbiased variance there: variance * m / (m - 1) with m elements per channel.
/// Gradients through `mean` and `variance` flow as well. E_SHAPE when the shapes do not fit or x is empty.
BatchNormResult batch_norm(const Tensor& x, const Tensor& scale, const Tensor& bias, const NormOptions& options = {});

/// The same composed of elementwise ops and means.
BatchNormResult batch_norm_composed(const Tensor& x, const Tensor& scale, const Tensor& bias,
                                    const NormOptions& options = {});

/// Batch normalisation with given statistics [c]: an affine map per channel.
Tensor batch_norm_inference(const Tensor& x, const Tensor& scale, const Tensor& bias, const Tensor& mean,
                            const Tensor& variance, const NormOptions& options = {});

/// Group normalisation (Wu and He 2018): channels in `groups` equal groups, statistics per picture and group.
///   x [n, ..., c]   scale, bias [c];  c must be a multiple of groups
Tensor group_norm(const Tensor& x, int groups, const Tensor& scale, const Tensor& bias,
                  const NormOptions& options = {});

/// Instance normalisation (Ulyanov, Vedaldi, Lempitsky 2016): statistics per picture and channel.
Tensor instance_norm(const Tensor& x, const Tensor& scale, const Tensor& bias, const NormOptions& options = {});

/// Layer normalisation (Ba, Kiros, Hinton 2016) over the innermost axes, those of `scale`.
///   x [..., s]   scale, bias of shape s, of rank 1 or more
Tensor layer_norm(const Tensor& x, const Tensor& scale, const Tensor& bias, const NormOptions& options = {});

}  // namespace betwixt
