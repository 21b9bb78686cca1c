// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/ops/activation.h"
#include "betwixt/tensor/tensor.h"

namespace betwixt {

/// The gradient that passes back through an activation, from its result `y` alone: dy * f'(x) with y = f(x). The
/// derivative of relu and leaky_relu at 0 is that of `y >= 0` for leaky_relu and 0 for relu. Same shape and float type
/// for dy, y and the result. Differentiable any number of times in both (where y = 0 the second derivative is 0).
Tensor activation_grad(const Tensor& dy, const Tensor& y, const ActivationOptions& activation);

}  // namespace betwixt
