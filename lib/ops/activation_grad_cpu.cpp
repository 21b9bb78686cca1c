// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/slope_kernel.h"
#include "betwixt/tensor/op.h"

namespace betwixt::BETWIXT_ISA {
namespace {

constexpr std::int64_t kGrain = 1 << 15;

template <class T, class F>
void map(const CpuCall& call, F f) {
  const T* dy = call.in<T>(0);
  const T* y = call.in<T>(1);
  T* out = call.out<T>();
  call.pool.parallel_for(call.out_shape().elements(), kGrain, [=](std::int64_t begin, std::int64_t end) {
    const F local = f;  // or the compiler takes every store for a change of what f has captured
    BETWIXT_INDEPENDENT
    for (std::int64_t i = begin; i < end; ++i) out[i] = local(dy[i], y[i]);
  });
}

template <class T>
void activation_grad(const CpuCall& call) {
  with_slope<T>(call.options<ActivationOptions>(), [&](const auto& f) { map<T>(call, f); });
}

}  // namespace

void activation_grad_cpu(const CpuCall& call) {
  if (call.node.output_type().dtype == DType::kF64) return activation_grad<double>(call);
  activation_grad<float>(call);
}

}  // namespace betwixt::BETWIXT_ISA
