// SPDX-License-Identifier: MIT
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include "betwixt/core/math_functions.h"
#include "betwixt/ops/detail/handed_over_kernel.h"
#include "betwixt/ops/detail/independent_kernel.h"
#include "betwixt/ops/detail/prefetch_kernel.h"
#include "betwixt/ops/detail/stream_kernel.h"
#include "betwixt/ops/detail/unary_options.h"
#include "betwixt/tensor/op.h"

namespace betwixt::BETWIXT_ISA {
namespace {

constexpr std::int64_t kGrain = 1 << 15;

/// Results too large for the caches.
template <class From, class To, class F>
void map_past_caches(const CpuCall& call, F f) {
  constexpr std::int64_t kBlock = 256;  // short: the processor computes one block while it writes the last
  const From* x = call.in<From>(0);
  To* out = call.out<To>();
  call.pool.parallel_for(call.out_shape().elements(), kGrain, [=](std::int64_t begin, std::int64_t end) {
    const F local = f;
    To block[kBlock];
    for (; begin < end; begin += kBlock) {
      const std::int64_t count = end - begin < kBlock ? end - begin : kBlock;
      prefetch_ahead(x + begin, count * static_cast<std::int64_t>(sizeof(From)));
      for (std::int64_t i = 0; i < count; ++i) block[i] = local(x[begin + i]);
      stream(out + begin, block, count * static_cast<std::int64_t>(sizeof(To)));
    }
    end_streaming();
  });
}

template <class From, class To, class F>
void map(const CpuCall& call, F f) {
  if (handed_over<From, To>(call)) return;
  const From* x = call.in<From>(0);
  To* out = call.out<To>();
  if (is_worth_streaming(call.out_shape().elements() * static_cast<std::int64_t>(sizeof(To))))
    return map_past_caches<From, To>(call, f);
  call.pool.parallel_for(call.out_shape().elements(), kGrain, [=](std::int64_t begin, std::int64_t end) {
    const F local = f;  // or the compiler takes every store for a change of what f has captured
    BETWIXT_INDEPENDENT
    for (std::int64_t i = begin; i < end; ++i) out[i] = local(x[i]);
  });
}

template <class F>
void run(const CpuCall& call, F f) {
  if (call.node.output_type().dtype == DType::kF64) return map<double, double>(call, f);
  map<float, float>(call, f);
}

template <class From, class To>
To convert(From value) {
  if constexpr (std::is_integral_v<To> && std::is_floating_point_v<From>) {
    constexpr double kLow = static_cast<double>(std::numeric_limits<To>::min());
    constexpr double kHigh = static_cast<double>(std::numeric_limits<To>::max());
    const double rounded = std::nearbyint(static_cast<double>(value));
    // Written so that NaN becomes the low end, never undefined behaviour.
    return rounded >= kHigh ? std::numeric_limits<To>::max()
                            : (rounded > kLow ? static_cast<To>(rounded) : std::numeric_limits<To>::min());
  } else if constexpr (std::is_integral_v<To>) {
    const auto wide = static_cast<std::int64_t>(value);
    const auto low = static_cast<std::int64_t>(std::numeric_limits<To>::min());
    const auto high = static_cast<std::int64_t>(std::numeric_limits<To>::max());
    return static_cast<To>(wide < low ? low : (wide > high ? high : wide));
  } else {
    return static_cast<To>(value);
  }
}

template <class From>
void cast_from(const CpuCall& call) {
  switch (call.node.output_type().dtype) {
    case DType::kF32:
      return map<From, float>(call, convert<From, float>);
    case DType::kF64:
      return map<From, double>(call, convert<From, double>);
    case DType::kU8:
      return map<From, std::uint8_t>(call, convert<From, std::uint8_t>);
    case DType::kI32:
      return map<From, std::int32_t>(call, convert<From, std::int32_t>);
    case DType::kU32:
      return map<From, std::uint32_t>(call, convert<From, std::uint32_t>);
    case DType::kF16:
      return;
  }
}

}  // namespace

void neg_cpu(const CpuCall& call) {
  run(call, [](auto x) { return -x; });
}
void abs_cpu(const CpuCall& call) {
  run(call, [](auto x) { return x < 0 ? -x : x; });
}
void sign_cpu(const CpuCall& call) {
  run(call, [](auto x) { return static_cast<decltype(x)>((x > 0) - (x < 0)); });
}
void square_cpu(const CpuCall& call) {
  run(call, [](auto x) { return x * x; });
}
void sqrt_cpu(const CpuCall& call) {
  run(call, [](auto x) { return std::sqrt(x); });
}
void rsqrt_cpu(const CpuCall& call) {
  run(call, [](auto x) { return decltype(x)(1) / std::sqrt(x); });
}
void reciprocal_cpu(const CpuCall& call) {
  run(call, [](auto x) { return decltype(x)(1) / x; });
}
void exp_cpu(const CpuCall& call) {
  run(call, [](auto x) { return math::exp(x); });
}
void log_cpu(const CpuCall& call) {
  run(call, [](auto x) { return math::log(x); });
}
void sin_cpu(const CpuCall& call) {
  run(call, [](auto x) { return math::sin(x); });
}
void cos_cpu(const CpuCall& call) {
  run(call, [](auto x) { return math::cos(x); });
}
void tanh_cpu(const CpuCall& call) {
  run(call, [](auto x) { return math::tanh(x); });
}
void sigmoid_cpu(const CpuCall& call) {
  run(call, [](auto x) { return math::sigmoid(x); });
}
void softplus_cpu(const CpuCall& call) {
  run(call, [](auto x) { return math::softplus(x); });
}
void relu_cpu(const CpuCall& call) {
  run(call, [](auto x) { return x > 0 ? x : decltype(x)(0); });
}
void elu_cpu(const CpuCall& call) {
  run(call, [](auto x) { return x > 0 ? x : math::exp(x) - decltype(x)(1); });
}

void leaky_relu_cpu(const CpuCall& call) {
  const double slope = call.options<UnaryOptions>().a;
  run(call, [slope](auto x) { return x * (x >= 0 ? decltype(x)(1) : static_cast<decltype(x)>(slope)); });
}

void affine_cpu(const CpuCall& call) {
  const auto [scale, shift] = call.options<UnaryOptions>();
  const DType type = call.node.output_type().dtype;
  if (type == DType::kI32 || type == DType::kU32) {
    // Both wrap, so the unsigned arithmetic serves the signed type as well.
    const auto s = static_cast<std::uint32_t>(std::llround(scale));
    const auto t = static_cast<std::uint32_t>(std::llround(shift));
    return map<std::uint32_t, std::uint32_t>(call, [=](std::uint32_t x) { return x * s + t; });
  }
  run(call, [s = scale, t = shift](auto x) { return x * static_cast<decltype(x)>(s) + static_cast<decltype(x)>(t); });
}

void clamp_cpu(const CpuCall& call) {
  const auto [low, high] = call.options<UnaryOptions>();
  run(call, [a = low, b = high](auto x) {
    const auto from = static_cast<decltype(x)>(a);
    const auto to = static_cast<decltype(x)>(b);
    return x < from ? from : (x > to ? to : x);
  });
}

void cast_cpu(const CpuCall& call) {
  switch (call.node.input_type(0).dtype) {
    case DType::kF32:
      return cast_from<float>(call);
    case DType::kF64:
      return cast_from<double>(call);
    case DType::kU8:
      return cast_from<std::uint8_t>(call);
    case DType::kI32:
      return cast_from<std::int32_t>(call);
    case DType::kU32:
      return cast_from<std::uint32_t>(call);
    case DType::kF16:
      return;
  }
}

}  // namespace betwixt::BETWIXT_ISA
