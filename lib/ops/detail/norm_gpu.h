// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include "betwixt/tensor/gpu_call.h"

namespace betwixt {

void normalize_gpu(GpuCall& call);
std::size_t normalize_gpu_scratch(const Node& node, const GpuLimits& limits);
void normalize_grad_gpu(GpuCall& call);
std::size_t normalize_grad_gpu_scratch(const Node& node, const GpuLimits& limits);

}  // namespace betwixt
