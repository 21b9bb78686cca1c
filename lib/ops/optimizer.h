// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/tensor/tensor.h"

namespace betwixt {

// Optimiser steps as values: the new parameters and moments from the old ones. Parameters, gradient and moments have
// one shape (usually one flat arena holding a whole group of parameters) and one type, f32 or f64; they are updated in
// place when nobody reads the old values later. Every element is independent.
//   learning_rate  [1], f32 or the type of the parameters
//   enable         [1], f32 or that type; 0 leaves parameters and moments as they are, anything else takes the step.
//                  Undefined: always. Made for all_finite(gradient): a step with NaN or infinity is skipped whole.
// No gradient rule: differentiating through a step is refused by name. E_SHAPE, E_DTYPE, E_VALUE (negative rates).

struct SgdOptions {
  double momentum = 0;      ///< 0 to 1
  bool nesterov = false;    ///< steps along gradient + momentum * new buffer
  double weight_decay = 0;  ///< L2: weight_decay * parameters is added to the gradient
};

/// What a step of SGD leaves.
struct SgdResult {
  Tensor parameters;  ///< the new ones
  Tensor buffer;      ///< undefined without momentum
};

/// Stochastic gradient descent: buffer = momentum * buffer + g, parameters -= learning_rate * buffer. The buffer starts
/// as zeros; without momentum it may be undefined.
SgdResult sgd_step(const Tensor& parameters, const Tensor& gradient, const Tensor& buffer, const Tensor& learning_rate,
                   const SgdOptions& options = {}, const Tensor& enable = {});

/// Settings of Adam.
struct AdamOptions {
  double beta1 = 0.9;       ///< share of the old first moment that stays
  double beta2 = 0.999;     ///< share of the old second moment that stays
  double epsilon = 1e-8;    ///< added outside the square root
  double weight_decay = 0;  ///< L2 added to the gradient, or with `decoupled` parameters shrink by rate * weight_decay
  bool decoupled = false;   ///< AdamW (Loshchilov and Hutter 2019)
};

/// What a step of Adam leaves.
struct AdamResult {
  Tensor parameters;     ///< the new ones
  Tensor first_moment;   ///< mean of the gradients, the new one
  Tensor second_moment;  ///< mean of their squares, the new one
};

/// Adam (Kingma and Ba 2015): m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2,
/// parameters -= learning_rate * m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon).
///   step  u32 [1], steps taken before this one: t = step + 1
/// Moments start as zeros.
AdamResult adam_step(const Tensor& parameters, const Tensor& gradient, const Tensor& first_moment,
                     const Tensor& second_moment, const Tensor& step, const Tensor& learning_rate,
                     const AdamOptions& options = {}, const Tensor& enable = {});

/// Exponential moving average: decay * average + (1 - decay) * value, in place when possible. Differentiable.
Tensor ema_update(const Tensor& average, const Tensor& value, double decay);

}  // namespace betwixt
