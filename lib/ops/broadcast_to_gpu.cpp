// SPDX-License-Identifier: MIT
#include "betwixt/core/dtype.h"
#include "betwixt/ops/detail/broadcast.h"
#include "betwixt/ops/detail/strided_copy_gpu.h"

namespace betwixt {

void broadcast_to_gpu(GpuCall& call) {
  const Shape* shapes[] = {&call.in_shape(0)};
  const BroadcastLoop loop = broadcast_loop(call.out_shape(), shapes, 1);
  StridedCopy copy;
  for (int axis = 0; axis < loop.rank; ++axis) {
    std::int64_t target_stride = 1;
    for (int inner = axis + 1; inner < loop.rank; ++inner) target_stride *= loop.size[inner];
    copy.add_axis(loop.size[axis], loop.stride[0][axis], target_stride);
  }
  record_strided_copy(call, gpu_in(0), gpu_out(0), copy, dtype_size(call.node().output_type().dtype));
}

}  // namespace betwixt
