// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/binary_gpu.h"

#include "betwixt/ops/detail/broadcast.h"
#include "betwixt/ops/detail/gpu_launch.h"

namespace betwixt {
namespace {

/// Four neighbours can be computed at once: rows are whole vectors, walked through or repeated by every operand.
bool is_vector_loop(const BroadcastLoop& loop, int operands) {
  const int last = loop.rank - 1;
  if (loop.rank > 1 && loop.size[last] % 4 != 0) return false;
  for (int k = 0; k < operands; ++k)
    if (loop.stride[k][last] != 0 && loop.stride[k][last] != 1) return false;
  return true;
}

void add_loop(GpuDispatch& dispatch, const BroadcastLoop& loop, int operands) {
  dispatch.word(static_cast<std::uint32_t>(loop.rank));
  for (const std::int64_t size : loop.size) dispatch.word(gpu_word(size));
  for (int k = 0; k < operands; ++k)
    for (const std::int64_t stride : loop.stride[k]) dispatch.word(gpu_word(stride));
}

}  // namespace

void record_binary(GpuCall& call, BinaryFunction function) {
  const Shape* shapes[] = {&call.in_shape(0), &call.in_shape(1)};
  const BroadcastLoop loop = broadcast_loop(call.out_shape(), shapes, 2);
  const std::int64_t count = call.out_shape().elements();
  const bool vector = is_vector_loop(loop, 2);
  GpuDispatch dispatch("binary", {gpu_in(0), gpu_in(1), gpu_out(0)});
  dispatch.constant(kGpuLocal).constant(static_cast<std::uint32_t>(function));
  dispatch.constant(gpu_type(call.node().input_type(0).dtype)).constant(vector);
  dispatch.word(gpu_word(count));
  add_loop(dispatch, loop, 2);
  run_items(call, dispatch, vector ? gpu_vectors(count) : count);
}

void where_gpu(GpuCall& call) {
  const Shape* shapes[] = {&call.in_shape(0), &call.in_shape(1), &call.in_shape(2)};
  const BroadcastLoop loop = broadcast_loop(call.out_shape(), shapes, 3);
  const std::int64_t count = call.out_shape().elements();
  const bool vector = is_vector_loop(loop, 3);
  GpuDispatch dispatch("where", {gpu_in(0), gpu_in(1), gpu_in(2), gpu_out(0)});
  dispatch.constant(kGpuLocal).constant(vector);
  dispatch.word(gpu_word(count)).word(is_float(call.node().input_type(0).dtype) ? 0x7fffffffu : 0xffffffffu);
  add_loop(dispatch, loop, 3);
  run_items(call, dispatch, vector ? gpu_vectors(count) : count);
}

}  // namespace betwixt
