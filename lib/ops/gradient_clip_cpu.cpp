// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/block_sum_kernel.h"
#include "betwixt/tensor/cpu_kernel.h"

namespace betwixt::BETWIXT_ISA {
namespace {

template <class T>
void run_all_finite(const CpuCall& call) {
  const T* x = call.in<T>(0);
  // x - x is 0 for finite numbers only; the sum counts those for which it is not.
  const double bad = block_sum<T>(call, call.in_shape(0).elements(),
                                  [x](std::int64_t i) { return x[i] - x[i] == T(0) ? T(0) : T(1); });
  *call.out<float>() = bad == 0 ? 1.0f : 0.0f;
}

template <class T>
void run_squared_norm(const CpuCall& call) {
  const T* x = call.in<T>(0);
  *call.out<T>() =
      static_cast<T>(block_sum<T>(call, call.in_shape(0).elements(), [x](std::int64_t i) { return x[i] * x[i]; }));
}

bool reads_double(const CpuCall& call) { return call.node.input_type(0).dtype == DType::kF64; }

}  // namespace

void all_finite_cpu(const CpuCall& call) {
  reads_double(call) ? run_all_finite<double>(call) : run_all_finite<float>(call);
}
void squared_norm_cpu(const CpuCall& call) {
  reads_double(call) ? run_squared_norm<double>(call) : run_squared_norm<float>(call);
}

}  // namespace betwixt::BETWIXT_ISA
