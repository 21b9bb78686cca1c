// SPDX-License-Identifier: MIT
#include <cstring>

#include "betwixt/ops/detail/fill_options.h"
#include "betwixt/tensor/op.h"

namespace betwixt::BETWIXT_ISA {
namespace {

template <class T>
void fill_typed(const CpuCall& call, double value) {
  T* out = call.out<T>();
  const auto typed = static_cast<T>(value);
  call.pool.parallel_for(call.out_shape().elements(), 1 << 16, [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) out[i] = typed;
  });
}

}  // namespace

void fill_cpu(const CpuCall& call) {
  const auto& options = call.options<FillOptions>();
  switch (options.type.dtype) {
    case DType::kF32:
      return fill_typed<float>(call, options.value);
    case DType::kF64:
      return fill_typed<double>(call, options.value);
    case DType::kU8:
      return fill_typed<std::uint8_t>(call, options.value);
    case DType::kI32:
      return fill_typed<std::int32_t>(call, options.value);
    case DType::kU32:
      return fill_typed<std::uint32_t>(call, options.value);
    case DType::kF16:
      return;
  }
}

void constant_cpu(const CpuCall& call) {
  const auto& options = call.options<ConstantOptions>();
  std::memcpy(call.outputs[0], options.bytes.data(), options.bytes.size());
}

}  // namespace betwixt::BETWIXT_ISA
