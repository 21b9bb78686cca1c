// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "betwixt/ops/activation.h"
#include "betwixt/tensor/gpu_call.h"

namespace betwixt {

/// dx = dy times the derivative of the activation at its result y, for `count` floats.
void record_activation_grad(GpuCall& call, const GpuOperand& dy, const GpuOperand& y, const GpuOperand& dx,
                            std::int64_t count, const ActivationOptions& activation);

void activation_grad_gpu(GpuCall& call);

}  // namespace betwixt
