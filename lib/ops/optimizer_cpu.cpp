// SPDX-License-Identifier: MIT
#include <cmath>

#include "betwixt/ops/detail/grain_kernel.h"
#include "betwixt/ops/detail/optimizer_options.h"
#include "betwixt/ops/optimizer.h"
#include "betwixt/tensor/cpu_kernel.h"

namespace betwixt::BETWIXT_ISA {
namespace {

/// Elements updated at once. Results wait on the stack, so that the loops vectorise although outputs may be inputs.
constexpr std::int64_t kTile = 256;

double scalar(const CpuCall& call, int input) {
  return call.node.input_type(input).dtype == DType::kF64 ? *call.in<double>(input)
                                                          : static_cast<double>(*call.in<float>(input));
}

template <class T>
void store(const T* from, std::int64_t count, T* to) {
  for (std::int64_t i = 0; i < count; ++i) to[i] = from[i];
}

/// Runs body(begin, count) over tiles of the parameters.
template <class Body>
void for_each_tile(const CpuCall& call, const Body& body) {
  const std::int64_t count = call.in_shape(0).elements();
  call.pool.parallel_for((count + kTile - 1) / kTile, chunk_of(2 * kTile), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t at = begin * kTile; at < end * kTile && at < count; at += kTile)
      body(at, count - at < kTile ? count - at : kTile);
  });
}

/// Leaves everything as it is: output i becomes input from[i].
template <class T>
void keep(const CpuCall& call, const int* from, int outputs) {
  for (int k = 0; k < outputs; ++k) {
    if (call.out<T>(k) == call.in<T>(from[k])) continue;
    for_each_tile(call, [&](std::int64_t at, std::int64_t count) {
      store(call.in<T>(from[k]) + at, count, call.out<T>(k) + at);
    });
  }
}

template <class T>
void run_sgd(const CpuCall& call) {
  const auto& options = call.options<SgdOptions>();
  const bool has_buffer = call.node.input_count() > 4;
  const int kept[] = {0, 4};
  if (scalar(call, 3) == 0) return keep<T>(call, kept, has_buffer ? 2 : 1);
  const T rate = static_cast<T>(scalar(call, 2));
  const T momentum = static_cast<T>(options.momentum);
  const T decay = static_cast<T>(options.weight_decay);
  for_each_tile(call, [&](std::int64_t at, std::int64_t count) {
    T step[kTile], next[kTile];
    const T* p = call.in<T>(0) + at;
    const T* g = call.in<T>(1) + at;
    for (std::int64_t i = 0; i < count; ++i) step[i] = g[i] + decay * p[i];
    if (has_buffer) {
      const T* buffer = call.in<T>(4) + at;
      for (std::int64_t i = 0; i < count; ++i) next[i] = momentum * buffer[i] + step[i];
      for (std::int64_t i = 0; i < count; ++i) step[i] = options.nesterov ? step[i] + momentum * next[i] : next[i];
      store<T>(next, count, call.out<T>(1) + at);
    }
    for (std::int64_t i = 0; i < count; ++i) next[i] = p[i] - rate * step[i];
    store<T>(next, count, call.out<T>(0) + at);
  });
}

/// base^exponent.
double power(double base, std::uint64_t exponent) {
  double result = 1;
  for (; exponent != 0; exponent >>= 1, base *= base)
    if (exponent & 1) result *= base;
  return result;
}

template <class T>
struct AdamFactors {
  T beta1, keep1, beta2, keep2, epsilon, l2, shrink, rate, correction;

  AdamFactors(const AdamOptions& o, std::uint64_t t, double learning_rate)
      : beta1(static_cast<T>(o.beta1)),
        keep1(static_cast<T>(1 - o.beta1)),
        beta2(static_cast<T>(o.beta2)),
        keep2(static_cast<T>(1 - o.beta2)),
        epsilon(static_cast<T>(o.epsilon)),
        l2(static_cast<T>(o.decoupled ? 0 : o.weight_decay)),
        shrink(static_cast<T>(o.decoupled ? 1 - learning_rate * o.weight_decay : 1)),
        rate(static_cast<T>(learning_rate / (1 - power(o.beta1, t)))),
        correction(static_cast<T>(1 / std::sqrt(1 - power(o.beta2, t)))) {}
};

template <class T>
void run_adam(const CpuCall& call) {
  const int kept[] = {0, 2, 3};
  if (scalar(call, 6) == 0) return keep<T>(call, kept, 3);
  const AdamFactors<T> f(call.options<AdamOptions>(), std::uint64_t{*call.in<std::uint32_t>(4)} + 1, scalar(call, 5));
  for_each_tile(call, [&](std::int64_t at, std::int64_t count) {
    T p[kTile], m[kTile], v[kTile];
    const T* old_p = call.in<T>(0) + at;
    const T* gradient = call.in<T>(1) + at;
    const T* old_m = call.in<T>(2) + at;
    const T* old_v = call.in<T>(3) + at;
    for (std::int64_t i = 0; i < count; ++i) {
      const T g = gradient[i] + f.l2 * old_p[i];
      m[i] = f.beta1 * old_m[i] + f.keep1 * g;
      v[i] = f.beta2 * old_v[i] + f.keep2 * (g * g);
      p[i] = f.shrink * old_p[i] - f.rate * m[i] / (std::sqrt(v[i]) * f.correction + f.epsilon);
    }
    store<T>(p, count, call.out<T>(0) + at);
    store<T>(m, count, call.out<T>(1) + at);
    store<T>(v, count, call.out<T>(2) + at);
  });
}

template <class T>
void run_ema(const CpuCall& call) {
  const T decay = static_cast<T>(call.options<EmaOptions>().decay);
  const T share = static_cast<T>(1 - call.options<EmaOptions>().decay);
  for_each_tile(call, [&](std::int64_t at, std::int64_t count) {
    T next[kTile];
    const T* average = call.in<T>(0) + at;
    const T* value = call.in<T>(1) + at;
    for (std::int64_t i = 0; i < count; ++i) next[i] = decay * average[i] + share * value[i];
    store<T>(next, count, call.out<T>() + at);
  });
}

bool is_double(const CpuCall& call) { return call.node.output_type().dtype == DType::kF64; }

}  // namespace

void sgd_step_cpu(const CpuCall& call) { is_double(call) ? run_sgd<double>(call) : run_sgd<float>(call); }
void adam_step_cpu(const CpuCall& call) { is_double(call) ? run_adam<double>(call) : run_adam<float>(call); }
void ema_update_cpu(const CpuCall& call) { is_double(call) ? run_ema<double>(call) : run_ema<float>(call); }

}  // namespace betwixt::BETWIXT_ISA
