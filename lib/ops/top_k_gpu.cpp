// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/gpu_launch.h"

namespace betwixt {

void top_k_gpu(GpuCall& call) {
  const Shape& x = call.in_shape(0);
  const std::int64_t results = x.product(0, x.rank() - 1);
  const GpuLanes lanes = lanes_over_terms(x[-1], results);
  GpuDispatch dispatch("top_k", {gpu_in(0), gpu_out(0), gpu_out(1)});
  add_lanes(dispatch, lanes);
  dispatch.word(gpu_word(results)).word(gpu_word(x[-1])).word(gpu_word(call.out_shape()[-1]));
  run_items(call, dispatch, lanes.groups(results) * kGpuLocal);
}

}  // namespace betwixt
