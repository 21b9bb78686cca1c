// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "betwixt/tensor/op.h"

// What conv2d and its gradients become on backends that fuse (lib/ops/conv2d_fused.cpp).

namespace betwixt::detail {

extern const Op conv2d_op, conv2d_grad_input_op, conv2d_grad_weight_op;

/// Op::fuse of conv2d and the gradient in its picture, over a picture that is enlarged first: the weights are folded
/// once for both. The gradient is then a plain convolution of dy.
std::vector<Tensor> fuse_folded_weights(const Node& conv, const Node& grad_input);
/// Op::fuse of conv2d_grad_weight: beside the weight's gradient the product has that of the bias at hand.
std::vector<Tensor> fuse_bias_gradient(const Node& weight, const Node& sum);

}  // namespace betwixt::detail
