// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/tensor/gpu_call.h"

namespace betwixt {

void matmul_gpu(GpuCall& call);
std::size_t matmul_gpu_scratch(const Node& node, const GpuLimits& limits);
void dense_gpu(GpuCall& call);
std::size_t dense_gpu_scratch(const Node& node, const GpuLimits& limits);

}  // namespace betwixt
