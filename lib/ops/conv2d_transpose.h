// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/ops/activation.h"
#include "betwixt/ops/conv2d.h"
#include "betwixt/tensor/tensor.h"

namespace betwixt {

/// How a transposed convolution is computed.
struct Conv2dTransposeOptions {
  int stride = 1;                     ///< 1 to 32
  Padding padding = {};               ///< rows and columns cut off the result
  int output_padding = 0;             ///< rows at the bottom and columns at the right added to the result, below stride
  int dilation = 1;                   ///< distance between the kernel's taps
  int groups = 1;                     ///< channels are cut into this many groups that do not see each other
  ActivationOptions activation = {};  ///< applied after the bias

  /// Option by option.
  friend bool operator==(const Conv2dTransposeOptions&, const Conv2dTransposeOptions&) = default;
};

/// Transposed convolution, plus bias, through an activation: the gradient of a convolution in its input, computed
/// without multiplying by the zeros between the pixels.
///   x       [n, h, w, in]
///   weight  [kh, kw, in, out / groups]
///   bias    [out], or undefined for none
///   result  [n, oh, ow, out],
///           oh = (h - 1) * stride - top - bottom + dilation * (kh - 1) + output_padding + 1
/// f32 and f64; differentiable any number of times in x, weight and bias. Errors as conv2d.
Tensor conv2d_transpose(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
                        const Conv2dTransposeOptions& options = {});

}  // namespace betwixt
