// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/ops/activation.h"
#include "betwixt/tensor/op.h"

// Most ops that only fusion makes run on the GPU only (Op::plain_cpu). For tests of their shaders they have plain CPU
// kernels, made of those of the ops that they stand for and of what is here.

namespace betwixt::detail {

/// The derivative of an activation where its result is y.
float slope_at(const ActivationOptions& activation, float y);
/// Output 0 of `call`, times the derivative of the activation whose result is input `input`. f32.
void multiply_by_slope(const CpuCall& call, int input, const ActivationOptions& activation);

/// Output `output`, a vector: the sum of input 1 over all but its last axis. f32.
void sum_channels(const CpuCall& call, int output);

// Op::fuse of activation_grad behind ops that can take the derivative along. Empty when the producer is none of them.
std::vector<Tensor> conv2d_with_slope(const Node& activation_grad, const Node& producer);
std::vector<Tensor> matmul_with_slope(const Node& activation_grad, const Node& producer);
std::vector<Tensor> mse_loss_grad_with_slope(const Node& activation_grad, const Node& producer);

}  // namespace betwixt::detail
