// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "betwixt/tensor/tensor.h"

namespace betwixt {

// Norms of whole gradients, f32 or f64. Sums are made of fixed parts in a fixed order: the same bits for any number of
// threads.

/// f32 [1]: 1 when no element of `x` is NaN or infinite, else 0. Feeds `enable` of the optimiser steps. No gradient.
Tensor all_finite(const Tensor& x);

/// [1] of x's type: the sum of squares of all elements. Differentiable any number of times.
Tensor squared_norm(const Tensor& x);

/// [1]: the Euclidean norm of all tensors together; E_ARGUMENT for none. The derivative at 0 is infinite.
Tensor global_norm(const std::vector<Tensor>& tensors);

/// The tensors scaled by one factor so that their global norm is at most `largest` (> 0); shorter ones keep every bit.
std::vector<Tensor> clip_by_global_norm(const std::vector<Tensor>& tensors, double largest);
Tensor clip_by_global_norm(const Tensor& x, double largest);

}  // namespace betwixt
