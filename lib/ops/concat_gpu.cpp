// SPDX-License-Identifier: MIT
#include "betwixt/core/dtype.h"
#include "betwixt/ops/detail/axis_view.h"
#include "betwixt/ops/detail/gpu_launch.h"
#include "betwixt/ops/detail/pack_layout.h"
#include "betwixt/ops/detail/strided_copy_gpu.h"

namespace betwixt {
namespace {

/// Parts of bytes share words of the result, so they are put in one after another.
void put_bytes(GpuCall& call, int input, const AxisView& whole, std::int64_t begin, std::int64_t part) {
  const std::int64_t count = call.out_shape().elements();
  GpuDispatch dispatch("concat_bytes", {gpu_in(input), gpu_out(0)});
  dispatch.constant(kGpuLocal).word(gpu_word(count)).word(gpu_word(whole.run()));
  dispatch.word(gpu_word(begin)).word(gpu_word(part));
  run_items(call, dispatch, gpu_vectors(count));
  call.barrier();
}

void put_words(GpuCall& call, int input, const AxisView& whole, std::int64_t begin, std::int64_t part) {
  StridedCopy copy;
  copy.add_axis(whole.outer, part, whole.run());
  copy.add_axis(part, 1, 1);
  copy.target_start = begin;
  record_strided_copy(call, gpu_in(input), gpu_out(0), copy, sizeof(float));
}

}  // namespace

void concat_gpu(GpuCall& call) {
  const int axis = call.options<int>();
  const AxisView whole(call.out_shape(), axis);
  const bool bytes = dtype_size(call.node().output_type().dtype) == 1;
  std::int64_t begin = 0;
  for (int i = 0; i < call.node().input_count(); ++i) {
    const std::int64_t part = AxisView(call.in_shape(i), axis).run();
    if (!call.is_placed(i) && part > 0) (bytes ? put_bytes : put_words)(call, i, whole, begin, part);
    begin += part;
  }
}

void pack_gpu(GpuCall& call) {
  for (int i = 0; i < call.node().input_count(); ++i) {
    const std::int64_t count = call.in_shape(i).elements();
    const std::int64_t begin = call.is_placed(i) ? count / 4 : 0;
    const std::int64_t end = packed_size(call.in_shape(i)) / 4;
    const auto offset = static_cast<std::size_t>(packed_offset(call.node(), i)) * sizeof(float);
    const std::size_t bytes = static_cast<std::size_t>(packed_size(call.in_shape(i))) * sizeof(float);
    GpuDispatch dispatch("pack", {gpu_in(i), gpu_out(0, offset, bytes)});
    dispatch.constant(kGpuLocal).word(gpu_word(count)).word(gpu_word(begin)).word(gpu_word(end));
    run_items(call, dispatch, end - begin);
  }
}

}  // namespace betwixt
