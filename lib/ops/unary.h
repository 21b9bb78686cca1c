// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/ops/activation.h"
#include "betwixt/tensor/tensor.h"

namespace betwixt {

// Elementwise functions of one float tensor; same shape, same element type, differentiable any number of times.
// exp, log, sin, cos, tanh, sigmoid, softplus use the library's own polynomials (core/math_functions.h) in f32, so that
// the GPU gives the same numbers; f64 uses the C library.

Tensor neg(const Tensor& x);
Tensor abs(const Tensor& x);   ///< gradient 0 at 0
Tensor sign(const Tensor& x);  ///< -1, 0, 1; no gradient
Tensor square(const Tensor& x);
Tensor sqrt(const Tensor& x);   ///< for x >= 0; the gradient is infinite at 0
Tensor rsqrt(const Tensor& x);  ///< 1 / sqrt(x), x > 0
Tensor reciprocal(const Tensor& x);
Tensor exp(const Tensor& x);
Tensor log(const Tensor& x);  ///< x > 0
Tensor sin(const Tensor& x);
Tensor cos(const Tensor& x);
Tensor tanh(const Tensor& x);
Tensor sigmoid(const Tensor& x);
Tensor softplus(const Tensor& x);  ///< log(1 + exp(x)), without overflow
Tensor relu(const Tensor& x);      ///< gradient 0 at 0
Tensor elu(const Tensor& x);       ///< x for x > 0, else exp(x) - 1
Tensor silu(const Tensor& x);      ///< x * sigmoid(x)

/// x for x >= 0, slope * x below; slope > 0.
Tensor leaky_relu(const Tensor& x, double slope = 0.2);
/// x * scale + shift; also for i32 and u32 (scale and shift are then rounded to integers).
Tensor affine(const Tensor& x, double scale, double shift);
/// Limits x to [low, high]; gradient 1 inside and at the limits, 0 outside.
Tensor clamp(const Tensor& x, double low, double high);
/// Converts between f32, f64, u8, i32 and u32. To an integer type: rounds to nearest even and saturates. The gradient
/// passes between float types.
Tensor cast(const Tensor& x, DType dtype);

/// The function named by `activation`.
Tensor activate(const Tensor& x, const ActivationOptions& activation);

}  // namespace betwixt
