// SPDX-License-Identifier: MIT
#include "betwixt/core/dtype.h"
#include "betwixt/ops/detail/strided_copy_gpu.h"
#include "betwixt/ops/detail/transpose_loop.h"

namespace betwixt {

void transpose_gpu(GpuCall& call) {
  const TransposeLoop loop = transpose_loop(call.in_shape(0), call.options<TransposeOptions>());
  StridedCopy copy;
  for (int axis = 0; axis < loop.rank; ++axis)
    copy.add_axis(loop.size[axis], loop.in_stride[axis], loop.out_stride(axis));
  record_strided_copy(call, gpu_in(0), gpu_out(0), copy, dtype_size(call.node().output_type().dtype));
}

}  // namespace betwixt
