// SPDX-License-Identifier: MIT
#include "betwixt/core/bit_cast.h"
#include "betwixt/ops/detail/fill_options.h"
#include "betwixt/ops/detail/gpu_launch.h"

namespace betwixt {
namespace {

/// The word that holds `value` (for bytes: four times).
std::uint32_t filling(DType dtype, double value) {
  switch (dtype) {
    case DType::kU8:
      return static_cast<std::uint8_t>(value) * 0x01010101u;
    case DType::kI32:
      return static_cast<std::uint32_t>(static_cast<std::int32_t>(value));
    case DType::kU32:
      return static_cast<std::uint32_t>(value);
    default:
      return bit_cast<std::uint32_t>(static_cast<float>(value));
  }
}

}  // namespace

void fill_gpu(GpuCall& call) {
  const auto& options = call.options<FillOptions>();
  const std::int64_t count = call.out_shape().elements();
  const std::int64_t words = options.type.dtype == DType::kU8 ? gpu_vectors(count) : count;
  GpuDispatch dispatch("fill", {gpu_out(0)});
  dispatch.constant(kGpuLocal).word(gpu_word(words)).word(filling(options.type.dtype, options.value));
  run_items(call, dispatch, gpu_vectors(words));
}

void constant_gpu(GpuCall& call) { call.upload(0, call.options<ConstantOptions>().bytes); }

}  // namespace betwixt
