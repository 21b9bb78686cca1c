// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/ops/activation.h"
#include "betwixt/ops/matmul.h"
#include "betwixt/tensor/gpu_call.h"

namespace betwixt {

/// Options of matmul_activation_grad.
struct MatmulSlopeOptions {
  MatmulOptions product;
  ActivationOptions activation;
};

void matmul_gpu(GpuCall& call);
std::size_t matmul_gpu_scratch(const Node& node, const GpuLimits& limits);
/// The product times the derivative of an activation: inputs a, b and the activation's result.
void matmul_activation_grad_gpu(GpuCall& call);
std::size_t matmul_activation_grad_gpu_scratch(const Node& node, const GpuLimits& limits);
void dense_gpu(GpuCall& call);
std::size_t dense_gpu_scratch(const Node& node, const GpuLimits& limits);

}  // namespace betwixt
