// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/copy_kernel.h"

namespace betwixt::BETWIXT_ISA {
namespace {

/// Keeps the k largest seen so far in order, in the result itself.
template <class T>
void top_k_row(const T* x, std::int64_t n, T* values, std::int32_t* indices, std::int64_t k) {
  std::int64_t found = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    if (found == k && !(x[i] > values[k - 1])) continue;
    std::int64_t at = found < k ? found++ : k - 1;
    for (; at > 0 && x[i] > values[at - 1]; --at) {
      values[at] = values[at - 1];
      indices[at] = indices[at - 1];
    }
    values[at] = x[i];
    indices[at] = static_cast<std::int32_t>(i);
  }
}

template <class T>
void top_k_typed(const CpuCall& call) {
  const std::int64_t n = call.in_shape(0)[-1];
  const std::int64_t k = call.out_shape()[-1];
  const std::int64_t rows = call.in_shape(0).product(0, call.in_shape(0).rank() - 1);
  call.pool.parallel_for(rows, copy_grain(n * 16), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row)
      top_k_row(call.in<T>(0) + row * n, n, call.out<T>(0) + row * k, call.out<std::int32_t>(1) + row * k, k);
  });
}

}  // namespace

void top_k_cpu(const CpuCall& call) {
  if (call.node.output_type().dtype == DType::kF64) return top_k_typed<double>(call);
  top_k_typed<float>(call);
}

}  // namespace betwixt::BETWIXT_ISA
