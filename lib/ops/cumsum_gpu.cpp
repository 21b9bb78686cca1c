// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/axis_view.h"
#include "betwixt/ops/detail/cumsum_options.h"
#include "betwixt/ops/detail/gpu_launch.h"

namespace betwixt {

void cumsum_gpu(GpuCall& call) {
  const auto& options = call.options<CumsumAxisOptions>();
  const AxisView view(call.in_shape(0), options.axis);
  const std::int64_t results = view.outer * view.inner;
  const GpuLanes lanes =
      view.inner == 1 ? lanes_over_terms(view.size, results) : lanes_over_results(view.size, view.inner);
  GpuDispatch dispatch("cumsum", {gpu_in(0), gpu_out(0)});
  add_lanes(dispatch, lanes);
  dispatch.constant(options.sums.exclusive).constant(options.sums.reverse);
  dispatch.word(gpu_word(results)).word(gpu_word(view.size)).word(gpu_word(view.inner));
  run_items(call, dispatch, lanes.groups(results) * kGpuLocal);
}

}  // namespace betwixt
