// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/gpu_launch.h"
#include "betwixt/ops/detail/pool_geometry.h"

namespace betwixt {
namespace {

constexpr std::uint32_t kLargest = 0, kMean = 1, kPick = 2;  // of shaders/pool.comp and pool_grad.comp

/// Over the elements of `results`, pooled pictures or pictures.
void record_pool(GpuCall& call, GpuDispatch& dispatch, std::uint32_t mode, const Shape& results) {
  const auto& geometry = call.options<PoolGeometry>();
  const bool vector = results[3] % 4 == 0;
  const std::int64_t channels = vector ? results[3] / 4 : results[3];
  const std::int64_t count = results.product(0, 3) * channels;
  dispatch.constant(kGpuLocal).constant(mode).constant(vector);
  dispatch.word(gpu_word(count)).word(gpu_word(channels));
  for (const Shape* shape : {&geometry.picture, &geometry.pooled})
    dispatch.word(gpu_word((*shape)[1])).word(gpu_word((*shape)[2]));
  for (const auto* pair : {&geometry.options.kernel, &geometry.options.stride, &geometry.options.padding})
    for (const int value : *pair) dispatch.word(gpu_word(value));
  dispatch.word(geometry.options.count_include_pad);
  run_items(call, dispatch, count);
}

}  // namespace

void max_pool_gpu(GpuCall& call) {
  GpuDispatch dispatch("pool", {gpu_in(0), gpu_in(0), gpu_out(0)});
  record_pool(call, dispatch, kLargest, call.out_shape());
}

void avg_pool_gpu(GpuCall& call) {
  GpuDispatch dispatch("pool", {gpu_in(0), gpu_in(0), gpu_out(0)});
  record_pool(call, dispatch, kMean, call.out_shape());
}

void max_pool_pick_gpu(GpuCall& call) {
  GpuDispatch dispatch("pool", {gpu_in(0), gpu_in(1), gpu_out(0)});
  record_pool(call, dispatch, kPick, call.out_shape());
}

void max_pool_grad_gpu(GpuCall& call) {
  GpuDispatch dispatch("pool_grad", {gpu_in(0), gpu_in(1), gpu_out(0)});
  record_pool(call, dispatch, kLargest, call.out_shape());
}

void avg_pool_grad_gpu(GpuCall& call) {
  GpuDispatch dispatch("pool_grad", {gpu_in(0), gpu_in(0), gpu_out(0)});
  record_pool(call, dispatch, kMean, call.out_shape());
}

}  // namespace betwixt
