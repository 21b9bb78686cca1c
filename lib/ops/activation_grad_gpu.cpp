// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/activation_grad_gpu.h"

#include "betwixt/ops/detail/gpu_launch.h"

namespace betwixt {

void record_activation_grad(GpuCall& call, const GpuOperand& dy, const GpuOperand& y, const GpuOperand& dx,
                            std::int64_t count, const ActivationOptions& activation) {
  GpuDispatch dispatch("activation_grad", {dy, y, dx});
  dispatch.constant(kGpuLocal).constant(static_cast<std::uint32_t>(activation.kind));
  dispatch.word(gpu_word(count)).number(activation.slope);
  run_items(call, dispatch, gpu_vectors(count));
}

void activation_grad_gpu(GpuCall& call) {
  record_activation_grad(call, gpu_in(0), gpu_in(1), gpu_out(0), call.out_shape().elements(),
                         call.options<ActivationOptions>());
}

}  // namespace betwixt
