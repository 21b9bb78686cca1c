// SPDX-License-Identifier: MIT
#include "betwixt/ops/activation.h"
#include "betwixt/ops/detail/gpu_launch.h"
#include "betwixt/ops/detail/reduce_gpu.h"

namespace betwixt {
namespace {

void record_mse_loss_grad(GpuCall& call, const ActivationOptions& activation) {
  const std::int64_t count = call.out_shape().elements();
  GpuDispatch dispatch("mse_loss_grad", {gpu_in(0), gpu_in(1), gpu_in(2), gpu_out(0)});
  dispatch.constant(kGpuLocal).constant(static_cast<std::uint32_t>(activation.kind)).word(gpu_word(count));
  dispatch.number(static_cast<float>(2.0 / static_cast<double>(count))).number(activation.slope);
  run_items(call, dispatch, gpu_vectors(count));
}

}  // namespace

void mse_loss_gpu(GpuCall& call) {
  GpuReduction reduction;
  reduction.map = GpuReduction::kSquaredDifference;
  reduction.finish = GpuReduction::kDivide;
  reduction.divisor = static_cast<float>(call.in_shape(0).elements());
  record_reduction(call, whole_tensor_loop(call.in_shape(0)), reduction);
}

void mse_loss_grad_gpu(GpuCall& call) { record_mse_loss_grad(call, {}); }
void mse_loss_grad_activation_gpu(GpuCall& call) { record_mse_loss_grad(call, call.options<ActivationOptions>()); }

}  // namespace betwixt
