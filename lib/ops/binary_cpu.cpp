// SPDX-License-Identifier: MIT
#include <cmath>
#include <type_traits>

#include "betwixt/core/math_functions.h"
#include "betwixt/ops/detail/elementwise_kernel.h"
#include "betwixt/ops/detail/handed_over_kernel.h"

namespace betwixt::BETWIXT_ISA {
namespace {

template <class T, class F>
void run_typed(const CpuCall& call, F f) {
  if (handed_over<T>(call)) return;
  const Shape* shapes[] = {&call.in_shape(0), &call.in_shape(1)};
  const BroadcastLoop loop = broadcast_loop(call.out_shape(), shapes, 2);
  const T* a = call.in<T>(0);
  const T* b = call.in<T>(1);
  T* out = call.out<T>();
  const std::int64_t a_step = loop.stride[0][loop.rank - 1];
  const std::int64_t b_step = loop.stride[1][loop.rank - 1];
  for_each_row<2>(call.pool, loop, [&](const std::int64_t* offset, std::int64_t result, std::int64_t n) {
    binary_row(a + offset[0], a_step, b + offset[1], b_step, out + result, n, f);
  });
}

template <class F>
void run_float(const CpuCall& call, F f) {
  if (call.node.output_type().dtype == DType::kF64) return run_typed<double>(call, f);
  run_typed<float>(call, f);
}

template <class F>
void run(const CpuCall& call, F f) {
  switch (call.node.output_type().dtype) {
    case DType::kI32:
      return run_typed<std::int32_t>(call, f);
    case DType::kU32:
      return run_typed<std::uint32_t>(call, f);
    default:
      return run_float(call, f);
  }
}

/// Signed integers wrap instead of overflowing.
template <class T, class F>
T wrapping(T a, T b, F f) {
  if constexpr (std::is_same_v<T, std::int32_t>)
    return static_cast<T>(f(static_cast<std::uint32_t>(a), static_cast<std::uint32_t>(b)));
  else
    return f(a, b);
}

template <class T>
void where_typed(const CpuCall& call) {
  if (handed_over<T>(call)) return;
  const Shape* shapes[] = {&call.in_shape(0), &call.in_shape(1), &call.in_shape(2)};
  const BroadcastLoop loop = broadcast_loop(call.out_shape(), shapes, 3);
  const int last = loop.rank - 1;
  T* out = call.out<T>();
  for_each_row<3>(call.pool, loop, [&](const std::int64_t* offset, std::int64_t result, std::int64_t n) {
    const T* mask = call.in<T>(0) + offset[0];
    const T* a = call.in<T>(1) + offset[1];
    const T* b = call.in<T>(2) + offset[2];
    for (std::int64_t i = 0; i < n; ++i)
      out[result + i] =
          mask[i * loop.stride[0][last]] != T(0) ? a[i * loop.stride[1][last]] : b[i * loop.stride[2][last]];
  });
}

}  // namespace

void add_cpu(const CpuCall& call) {
  run(call, [](auto a, auto b) { return wrapping(a, b, [](auto x, auto y) { return x + y; }); });
}
void sub_cpu(const CpuCall& call) {
  run(call, [](auto a, auto b) { return wrapping(a, b, [](auto x, auto y) { return x - y; }); });
}
void mul_cpu(const CpuCall& call) {
  run(call, [](auto a, auto b) { return wrapping(a, b, [](auto x, auto y) { return x * y; }); });
}
void div_cpu(const CpuCall& call) {
  run_float(call, [](auto a, auto b) { return a / b; });
}
void minimum_cpu(const CpuCall& call) {
  run(call, [](auto a, auto b) { return a <= b ? a : b; });
}
void maximum_cpu(const CpuCall& call) {
  run(call, [](auto a, auto b) { return a >= b ? a : b; });
}
void pow_cpu(const CpuCall& call) {
  run_float(call, [](auto a, auto b) { return math::pow(a, b); });
}
void equal_cpu(const CpuCall& call) {
  run(call, [](auto a, auto b) { return static_cast<decltype(a)>(a == b); });
}
void less_cpu(const CpuCall& call) {
  run(call, [](auto a, auto b) { return static_cast<decltype(a)>(a < b); });
}
void less_equal_cpu(const CpuCall& call) {
  run(call, [](auto a, auto b) { return static_cast<decltype(a)>(a <= b); });
}

void where_cpu(const CpuCall& call) {
  switch (call.node.output_type().dtype) {
    case DType::kF64:
      return where_typed<double>(call);
    case DType::kI32:
      return where_typed<std::int32_t>(call);
    case DType::kU32:
      return where_typed<std::uint32_t>(call);
    default:
      return where_typed<float>(call);
  }
}

}  // namespace betwixt::BETWIXT_ISA
