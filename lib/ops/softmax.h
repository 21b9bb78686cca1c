// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/tensor/tensor.h"

namespace betwixt {

/// exp(x) / sum(exp(x)) along `axis` (negative counts from the end), computed from x - max(x): no overflow. f32 or f64.
/// E_SHAPE for an empty axis.
Tensor softmax(const Tensor& x, int axis = -1);

/// log(softmax(x)) without the loss of accuracy: x - max(x) - log(sum(exp(x - max(x)))).
Tensor log_softmax(const Tensor& x, int axis = -1);

}  // namespace betwixt
