// SPDX-License-Identifier: MIT
#include "betwixt/core/dtype.h"
#include "betwixt/ops/detail/gpu_launch.h"
#include "betwixt/ops/detail/pad_options.h"

namespace betwixt {
namespace {

void add_sizes(GpuDispatch& dispatch, const Shape& shape) {
  for (int axis = 0; axis < Shape::kMaxRank; ++axis) dispatch.word(axis < shape.rank() ? gpu_word(shape[axis]) : 1);
}

void add_geometry(GpuDispatch& dispatch, std::int64_t count, const Shape& large, const Shape& small,
                  const PadOptions& options) {
  dispatch.word(gpu_word(count)).word(static_cast<std::uint32_t>(large.rank()));
  add_sizes(dispatch, large);
  add_sizes(dispatch, small);
  for (const PadAmount& amount : options.amounts) dispatch.word(gpu_word(amount.before));
}

}  // namespace

void pad_gpu(GpuCall& call) {
  const auto& options = call.options<PadOptions>();
  const std::int64_t count = call.out_shape().elements();
  const bool bytes = dtype_size(call.node().output_type().dtype) == 1;
  GpuDispatch dispatch("pad", {gpu_in(0), gpu_out(0)});
  dispatch.constant(kGpuLocal).constant(static_cast<std::uint32_t>(options.mode)).constant(bytes);
  add_geometry(dispatch, count, call.out_shape(), call.in_shape(0), options);
  run_items(call, dispatch, bytes ? gpu_vectors(count) : count);
}

void pad_grad_gpu(GpuCall& call) {
  const auto& options = call.options<PadOptions>();
  const std::int64_t count = call.out_shape().elements();
  GpuDispatch dispatch("pad_grad", {gpu_in(0), gpu_out(0)});
  dispatch.constant(kGpuLocal).constant(static_cast<std::uint32_t>(options.mode));
  add_geometry(dispatch, count, call.in_shape(0), call.out_shape(), options);
  run_items(call, dispatch, count);
}

}  // namespace betwixt
