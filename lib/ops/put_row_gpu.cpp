// SPDX-License-Identifier: MIT
#include "betwixt/core/dtype.h"
#include "betwixt/ops/detail/gpu_launch.h"

namespace betwixt {

void put_row_gpu(GpuCall& call) {
  const std::int64_t count = call.out_shape().elements();
  const std::int64_t rows = call.out_shape()[0];
  const bool bytes = dtype_size(call.node().output_type().dtype) == 1;
  GpuDispatch dispatch("put_row", {gpu_in(0), gpu_in(1), gpu_in(2), gpu_out(0)});
  dispatch.constant(kGpuLocal).constant(bytes).constant(call.node().input_type(1).dtype == DType::kI32);
  dispatch.word(gpu_word(count)).word(gpu_word(rows)).word(gpu_word(count / rows));
  run_items(call, dispatch, bytes ? gpu_vectors(count) : count);
}

}  // namespace betwixt
