// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/reduce_gpu.h"

namespace betwixt {

void all_finite_gpu(GpuCall& call) {
  GpuReduction reduction;
  reduction.map = GpuReduction::kIsNotFinite;
  reduction.finish = GpuReduction::kIsZero;
  record_reduction(call, whole_tensor_loop(call.in_shape(0)), reduction);
}

void squared_norm_gpu(GpuCall& call) {
  GpuReduction reduction;
  reduction.map = GpuReduction::kSquare;
  record_reduction(call, whole_tensor_loop(call.in_shape(0)), reduction);
}

}  // namespace betwixt
