// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/block_sum_kernel.h"
#include "betwixt/ops/detail/independent_kernel.h"
#include "betwixt/tensor/cpu_kernel.h"

namespace betwixt::BETWIXT_ISA {
namespace {

template <class T>
void run_mse_loss(const CpuCall& call) {
  const std::int64_t count = call.in_shape(0).elements();
  const T* x = call.in<T>(0);
  const T* y = call.in<T>(1);
  const double total = block_sum<T>(call, count, [x, y](std::int64_t i) {
    const T d = x[i] - y[i];
    return d * d;
  });
  *call.out<T>() = static_cast<T>(total / static_cast<double>(count));
}

template <class T>
void run_mse_loss_grad(const CpuCall& call) {
  const std::int64_t count = call.in_shape(0).elements();
  const T scale = static_cast<T>(2.0 / static_cast<double>(count) * static_cast<double>(*call.in<T>(2)));
  const T* x = call.in<T>(0);
  const T* y = call.in<T>(1);
  T* dx = call.out<T>();
  call.pool.parallel_for(count, kChunkElements, [=](std::int64_t begin, std::int64_t end) {
    BETWIXT_INDEPENDENT
    for (std::int64_t i = begin; i < end; ++i) dx[i] = (x[i] - y[i]) * scale;
  });
}

bool reads_double(const CpuCall& call) { return call.node.input_type(0).dtype == DType::kF64; }

}  // namespace

void mse_loss_cpu(const CpuCall& call) { reads_double(call) ? run_mse_loss<double>(call) : run_mse_loss<float>(call); }
void mse_loss_grad_cpu(const CpuCall& call) {
  reads_double(call) ? run_mse_loss_grad<double>(call) : run_mse_loss_grad<float>(call);
}

}  // namespace betwixt::BETWIXT_ISA
