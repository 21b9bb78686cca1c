// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/gpu_launch.h"
#include "betwixt/ops/detail/pyramid_table.h"
#include "betwixt/tensor/op.h"

namespace betwixt {
namespace {

enum class Base : std::uint32_t { kNone, kAdd, kSubtract };

/// From `operands[0]` to `operands[1]`; `operands[2]` is the base, or anything where there is none.
void record(GpuCall& call, const PyramidMap& map, bool adjoint, Base base, std::initializer_list<GpuOperand> operands) {
  const bool vector = map.target[3] % 4 == 0;
  const std::int64_t channels = vector ? map.target[3] / 4 : map.target[3];
  const std::int64_t count = map.target.product(0, 3) * channels;
  GpuDispatch dispatch("pyramid", operands);
  dispatch.constant(kGpuLocal).constant(map.pattern == PyramidPattern::kShrink ? 2 : 1);
  dispatch.constant(map.pattern == PyramidPattern::kGrow ? 2 : 1).constant(adjoint);
  dispatch.constant(static_cast<std::uint32_t>(base)).constant(vector);
  dispatch.word(gpu_word(count)).word(gpu_word(channels));
  dispatch.word(gpu_word(map.target[1])).word(gpu_word(map.target[2]));
  dispatch.word(gpu_word(map.source[1])).word(gpu_word(map.source[2]));
  for (const int axis : {1, 2})
    dispatch.word(gpu_word(map.source[axis] > map.target[axis] ? map.source[axis] : map.target[axis]));
  dispatch.number(static_cast<float>(map.gain));
  run_items(call, dispatch, count);
}

}  // namespace

void pyramid_gpu(GpuCall& call) {
  const auto& options = call.options<PyramidOptions>();
  if (call.node().input_count() > 1)
    return record(call, options.map, options.adjoint, Base::kAdd, {gpu_in(0), gpu_out(0), gpu_in(1)});
  record(call, options.map, options.adjoint, Base::kNone, {gpu_in(0), gpu_out(0), gpu_in(0)});
}

void pyramid_level_gpu(GpuCall& call) {
  const auto& options = call.options<PyramidLevelOptions>();
  record(call, options.down, false, Base::kNone, {gpu_in(0), gpu_out(1), gpu_in(0)});
  call.barrier();
  record(call, options.up, false, Base::kSubtract, {gpu_out(1), gpu_out(0), gpu_in(0)});
}

}  // namespace betwixt
