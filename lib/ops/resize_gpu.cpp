// SPDX-License-Identifier: MIT
#include "betwixt/core/error.h"
#include "betwixt/ops/detail/gpu_launch.h"
#include "betwixt/ops/detail/resize_table.h"

namespace betwixt {
namespace {

/// The shader's numbers of modes.
std::uint32_t shader_mode(const ResizeTable& table) {
  switch (table.mode) {
    case ResizeMode::kNearest:
      return 0;
    case ResizeMode::kBilinear:
      return table.align_corners ? 2 : 1;
    case ResizeMode::kArea:
      return 3;
  }
  return 0;
}

/// Positions are computed in 32 bits.
void check_sizes(const ResizeTable& table) {
  for (int axis = 1; axis < 3; ++axis)
    if ((table.original[axis] + 2) * (table.resized[axis] + 2) >= std::int64_t{1} << 30)
      throw Error(ErrorCode::kLimit, "resize", "%lld to %lld pixels is too much for a GPU",
                  static_cast<long long>(table.original[axis]), static_cast<long long>(table.resized[axis]));
}

void record_resize(GpuCall& call, bool adjoint) {
  const auto& table = call.options<ResizeTable>();
  check_sizes(table);
  const Shape& result = call.out_shape();
  const bool vector = result[3] % 4 == 0;
  const std::int64_t channels = vector ? result[3] / 4 : result[3];
  const std::int64_t count = result.product(0, 3) * channels;
  GpuDispatch dispatch("resize", {gpu_in(0), gpu_out(0)});
  dispatch.constant(kGpuLocal).constant(shader_mode(table)).constant(adjoint).constant(vector);
  dispatch.word(gpu_word(count)).word(gpu_word(channels));
  for (const Shape* shape : {&table.original, &table.resized})
    dispatch.word(gpu_word((*shape)[1])).word(gpu_word((*shape)[2]));
  run_items(call, dispatch, count);
}

}  // namespace

void resize_gpu(GpuCall& call) { record_resize(call, false); }
void resize_grad_gpu(GpuCall& call) { record_resize(call, true); }

}  // namespace betwixt
