// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/unary_gpu.h"

#include <cmath>

#include "betwixt/core/bit_cast.h"
#include "betwixt/ops/detail/gpu_launch.h"
#include "betwixt/ops/detail/unary_options.h"

namespace betwixt {
namespace {

void record(GpuCall& call, UnaryFunction function, std::uint32_t a, std::uint32_t b) {
  const std::int64_t count = call.out_shape().elements();
  GpuDispatch dispatch("unary", {gpu_in(0), gpu_out(0)});
  dispatch.constant(kGpuLocal).constant(static_cast<std::uint32_t>(function));
  dispatch.word(gpu_word(count)).word(a).word(b);
  run_items(call, dispatch, gpu_vectors(count));
}

void record_with_floats(GpuCall& call, UnaryFunction function) {
  const auto& options = call.options<UnaryOptions>();
  record(call, function, bit_cast<std::uint32_t>(static_cast<float>(options.a)),
         bit_cast<std::uint32_t>(static_cast<float>(options.b)));
}

/// The shader's numbers of element types.
std::uint32_t cast_type(DType dtype) {
  switch (dtype) {
    case DType::kU8:
      return 1;
    case DType::kI32:
      return 2;
    case DType::kU32:
      return 3;
    default:
      return 0;
  }
}

}  // namespace

void record_unary(GpuCall& call, UnaryFunction function) { record(call, function, 0, 0); }

void leaky_relu_gpu(GpuCall& call) { record_with_floats(call, UnaryFunction::kLeakyRelu); }
void clamp_gpu(GpuCall& call) { record_with_floats(call, UnaryFunction::kClamp); }

void affine_gpu(GpuCall& call) {
  const DType type = call.node().output_type().dtype;
  if (type != DType::kI32 && type != DType::kU32) return record_with_floats(call, UnaryFunction::kAffine);
  const auto& options = call.options<UnaryOptions>();
  record(call, UnaryFunction::kAffineOfIntegers, static_cast<std::uint32_t>(std::llround(options.a)),
         static_cast<std::uint32_t>(std::llround(options.b)));
}

void cast_gpu(GpuCall& call) {
  const std::int64_t count = call.out_shape().elements();
  GpuDispatch dispatch("cast", {gpu_in(0), gpu_out(0)});
  dispatch.constant(kGpuLocal);
  dispatch.constant(cast_type(call.node().input_type(0).dtype)).constant(cast_type(call.node().output_type().dtype));
  dispatch.word(gpu_word(count));
  run_items(call, dispatch, gpu_vectors(count));
}

}  // namespace betwixt
