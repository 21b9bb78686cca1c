// SPDX-License-Identifier: MIT
#include "betwixt/core/dtype.h"
#include "betwixt/ops/detail/gather_options.h"
#include "betwixt/ops/detail/gpu_launch.h"
#include "betwixt/ops/gather.h"

namespace betwixt {
namespace {

bool is_signed(GpuCall& call, int input) { return call.node().input_type(input).dtype == DType::kI32; }

/// values [outer, terms, inner] added at indices [outer, terms] of [outer, size, inner].
void record_scatter(GpuCall& call, int values, int indices, std::int64_t size, std::int64_t inner, std::int64_t terms) {
  const std::int64_t count = call.out_shape().elements();
  GpuDispatch dispatch("scatter_add", {gpu_in(values), gpu_in(indices), gpu_out(0)});
  dispatch.constant(kGpuLocal).constant(is_signed(call, indices));
  dispatch.word(gpu_word(count)).word(gpu_word(size)).word(gpu_word(inner)).word(gpu_word(terms));
  run_items(call, dispatch, count);
}

}  // namespace

void gather_rows_gpu(GpuCall& call) {
  const auto& options = call.options<GatherOptions>();
  const Shape& table = call.in_shape(0);
  const std::int64_t row = table.product(1, table.rank());
  const bool vector = row % 4 == 0;
  const std::int64_t count = call.out_shape().elements() / (vector ? 4 : 1);
  GpuDispatch dispatch("gather_rows", {gpu_in(0), gpu_in(1), gpu_out(0)});
  dispatch.constant(kGpuLocal).constant(call.node().input_type(0).dtype == DType::kU8).constant(vector);
  dispatch.constant(is_signed(call, 1));
  dispatch.word(gpu_word(count)).word(gpu_word(vector ? row / 4 : row)).word(gpu_word(table[0]));
  dispatch.number(options.scale).number(options.shift);
  run_items(call, dispatch, count);
}

void scatter_add_rows_gpu(GpuCall& call) {
  const Shape& result = call.out_shape();
  record_scatter(call, 1, 0, result[0], result.product(1, result.rank()), call.in_shape(0).elements());
}

void gather_last_gpu(GpuCall& call) {
  const std::int64_t count = call.out_shape().elements();
  const bool bytes = dtype_size(call.node().output_type().dtype) == 1;
  GpuDispatch dispatch("gather_last", {gpu_in(0), gpu_in(1), gpu_out(0)});
  dispatch.constant(kGpuLocal).constant(bytes).constant(is_signed(call, 1));
  dispatch.word(gpu_word(count)).word(gpu_word(call.in_shape(1)[-1])).word(gpu_word(call.in_shape(0)[-1]));
  run_items(call, dispatch, bytes ? gpu_vectors(count) : count);
}

void scatter_add_last_gpu(GpuCall& call) { record_scatter(call, 0, 1, call.out_shape()[-1], 1, call.in_shape(0)[-1]); }

}  // namespace betwixt
