// SPDX-License-Identifier: MIT
#include "betwixt/core/bit_cast.h"
#include "betwixt/ops/detail/gpu_launch.h"
#include "betwixt/ops/detail/reduce_gpu.h"

namespace betwixt {
namespace {

constexpr std::int64_t kVectorsOfInvocation = 4;

}  // namespace

void all_finite_gpu(GpuCall& call) {
  GpuDispatch start("fill", {gpu_out(0)});
  start.constant(kGpuLocal).word(1).word(bit_cast<std::uint32_t>(1.0f));
  run_items(call, start, 1);
  call.barrier();
  const std::int64_t count = call.in_shape(0).elements();
  const std::int64_t invocations = (gpu_vectors(count) + kVectorsOfInvocation - 1) / kVectorsOfInvocation;
  GpuDispatch test("all_finite", {gpu_in(0), gpu_out(0)});
  test.constant(kGpuLocal).word(gpu_word(count)).word(gpu_word(invocations));
  run_items(call, test, invocations);
}

void squared_norm_gpu(GpuCall& call) {
  GpuReduction reduction;
  reduction.map = GpuReduction::kSquare;
  record_reduction(call, whole_tensor_loop(call.in_shape(0)), reduction);
}

}  // namespace betwixt
