// SPDX-License-Identifier: MIT
#include <algorithm>
#include <vector>

#include "betwixt/core/dtype.h"
#include "betwixt/ops/detail/axis_view.h"
#include "betwixt/ops/detail/gpu_launch.h"
#include "betwixt/ops/detail/pack_layout.h"
#include "betwixt/ops/detail/strided_copy_gpu.h"

namespace betwixt {
namespace {

constexpr std::size_t kVectorBytes = 16;

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

/// Where part `input` of a pack lies, in bytes of the result.
std::size_t packed_bytes(const Node& node, int input) {
  return static_cast<std::size_t>(packed_offset(node, input)) * sizeof(float);
}

/// A part that is not in its place yet, with the gap behind it.
void put_part(GpuCall& call, int input) {
  const std::int64_t count = call.in_shape(input).elements();
  const std::int64_t vectors = packed_size(call.in_shape(input)) / 4;
  const std::size_t bytes = static_cast<std::size_t>(vectors) * 4 * sizeof(float);
  GpuDispatch dispatch("pack", {gpu_in(input), gpu_out(0, packed_bytes(call.node(), input), bytes)});
  dispatch.constant(kGpuLocal).word(gpu_word(count)).word(gpu_word(vectors));
  run_items(call, dispatch, vectors);
}

/// The gaps behind parts that are in their places.
void clear_gaps(GpuCall& call, const std::vector<int>& parts) {
  for (std::size_t begin = 0; begin < parts.size(); begin += GpuDispatch::kMaxOperands) {
    const std::size_t end = std::min(parts.size(), begin + GpuDispatch::kMaxOperands);
    GpuDispatch dispatch("pack_gaps", {});
    dispatch.constant(kGpuLocal).word(gpu_word(static_cast<std::int64_t>(end - begin)));
    for (std::size_t i = begin; i < begin + GpuDispatch::kMaxOperands; ++i) {
      if (i < end) dispatch.add(gpu_out(0, packed_bytes(call.node(), parts[i] + 1) - kVectorBytes, kVectorBytes));
      dispatch.word(i < end ? gpu_word(call.in_shape(parts[i]).elements() % 4) : 0);
    }
    run_items(call, dispatch, static_cast<std::int64_t>(end - begin) * 4);
  }
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
  std::vector<int> placed;
  for (int i = 0; i < call.node().input_count(); ++i) {
    if (!call.is_placed(i))
      put_part(call, i);
    else if (call.in_shape(i).elements() % 4 != 0)
      placed.push_back(i);
  }
  clear_gaps(call, placed);
}

}  // namespace betwixt
