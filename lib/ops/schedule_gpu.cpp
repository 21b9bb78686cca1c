// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/gpu_launch.h"
#include "betwixt/ops/schedule.h"

namespace betwixt {

void schedule_gpu(GpuCall& call) {
  const auto& options = call.options<ScheduleOptions>();
  GpuDispatch dispatch("schedule", {gpu_in(0), gpu_out(0)});
  dispatch.constant(kGpuLocal).constant(static_cast<std::uint32_t>(options.kind));
  dispatch.number(static_cast<float>(options.base)).number(static_cast<float>(options.factor));
  dispatch.number(static_cast<float>(options.final_value));
  dispatch.word(options.warmup_steps).word(options.decay_every).word(options.total_steps);
  run_items(call, dispatch, 1);
}

}  // namespace betwixt
