// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/ops/activation.h"
#include "betwixt/tensor/tensor.h"

namespace betwixt {

/// How a fully connected layer is computed.
struct DenseOptions {
  ActivationOptions activation;  ///< applied after the bias

  /// Option by option.
  friend bool operator==(const DenseOptions&, const DenseOptions&) = default;
};

/// Fully connected layer activation(x * weight + bias).
///   x [n, in]   weight [in, out]   bias [out] or undefined for none   result [n, out]
/// f32 and f64, differentiable any number of times. E_SHAPE when the shapes do not fit or are empty, E_DTYPE.
Tensor dense(const Tensor& x, const Tensor& weight, const Tensor& bias = {}, const DenseOptions& options = {});

}  // namespace betwixt
