// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include "betwixt/tensor/gpu_call.h"

namespace betwixt {

void sgd_step_gpu(GpuCall& call);
std::size_t sgd_step_gpu_scratch(const Node& node, const GpuLimits& limits);
void adam_step_gpu(GpuCall& call);
std::size_t adam_step_gpu_scratch(const Node& node, const GpuLimits& limits);
void ema_update_gpu(GpuCall& call);

}  // namespace betwixt
