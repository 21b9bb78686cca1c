// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/axis_view.h"
#include "betwixt/ops/detail/gpu_launch.h"

namespace betwixt {
namespace {

void record_softmax(GpuCall& call, bool log) {
  const AxisView view(call.in_shape(0), call.options<int>());
  const std::int64_t results = view.outer * view.inner;
  const GpuLanes lanes =
      view.inner == 1 ? lanes_over_terms(view.size, results) : lanes_over_results(view.size, view.inner);
  GpuDispatch dispatch("softmax", {gpu_in(0), gpu_out(0)});
  add_lanes(dispatch, lanes);
  dispatch.constant(log).word(gpu_word(results)).word(gpu_word(view.size)).word(gpu_word(view.inner));
  run_items(call, dispatch, lanes.groups(results) * kGpuLocal);
}

}  // namespace

void softmax_gpu(GpuCall& call) { record_softmax(call, false); }
void log_softmax_gpu(GpuCall& call) { record_softmax(call, true); }

}  // namespace betwixt
