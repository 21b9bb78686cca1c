// SPDX-License-Identifier: MIT
#include "betwixt/core/dtype.h"
#include "betwixt/ops/detail/axis_view.h"
#include "betwixt/ops/detail/slice_options.h"
#include "betwixt/ops/detail/strided_copy_gpu.h"

namespace betwixt {

void slice_gpu(GpuCall& call) {
  const auto& options = call.options<SliceOptions>();
  const AxisView view(call.in_shape(0), options.axis);
  StridedCopy copy;
  copy.add_axis(view.outer, view.run(), options.size * view.inner);
  copy.add_axis(options.size * view.inner, 1, 1);
  copy.source_start = options.begin * view.inner;
  record_strided_copy(call, gpu_in(0), gpu_out(0), copy, dtype_size(call.node().output_type().dtype));
}

void flip_gpu(GpuCall& call) {
  const AxisView view(call.in_shape(0), call.options<SliceOptions>().axis);
  if (call.out_shape().elements() == 0) return;
  StridedCopy copy;
  copy.add_axis(view.outer, view.run(), view.run());
  copy.add_axis(view.size, -view.inner, view.inner);
  if (view.inner > 1) copy.add_axis(view.inner, 1, 1);
  copy.source_start = (view.size - 1) * view.inner;
  record_strided_copy(call, gpu_in(0), gpu_out(0), copy, dtype_size(call.node().output_type().dtype));
}

}  // namespace betwixt
