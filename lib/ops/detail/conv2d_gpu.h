// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/tensor/gpu_call.h"

namespace betwixt {

/// Of conv2d. Folded weights become output 1 where the node has one.
void conv2d_gpu(GpuCall& call);
/// The result times the derivative of the activation whose result is input 2. Same scratch.
void conv2d_activation_grad_gpu(GpuCall& call);
std::size_t conv2d_gpu_scratch(const Node& node, const GpuLimits& limits);
/// Of conv2d_grad_input and conv2d_transpose.
void conv2d_grad_input_gpu(GpuCall& call);
std::size_t conv2d_grad_input_gpu_scratch(const Node& node, const GpuLimits& limits);
/// The gradient times the derivative of the activation before the convolution: inputs dy, weight, the activation's
/// result. Same scratch.
void conv2d_grad_input_activation_gpu(GpuCall& call);
void conv2d_grad_weight_gpu(GpuCall& call);
std::size_t conv2d_grad_weight_gpu_scratch(const Node& node, const GpuLimits& limits);

}  // namespace betwixt
