// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/ops/activation.h"
#include "betwixt/tensor/op.h"

// Ops that only fusion makes run on the GPU only. For tests of their shaders they have plain CPU kernels, made of those
// of the ops that they stand for and of what is here.

namespace betwixt::detail {

/// Output 0 of `call`, times the derivative of the activation whose result is input `input`. f32.
void multiply_by_slope(const CpuCall& call, int input, const ActivationOptions& activation);

// Op::fuse of activation_grad behind two products: these can take the derivative along. Empty when the producer is none
// of them.
std::vector<Tensor> conv2d_with_slope(const Node& activation_grad, const Node& producer);
std::vector<Tensor> matmul_with_slope(const Node& activation_grad, const Node& producer);

}  // namespace betwixt::detail
