// SPDX-License-Identifier: MIT
#include "betwixt/core/math_functions.h"
#include "betwixt/ops/schedule.h"
#include "betwixt/tensor/cpu_kernel.h"

namespace betwixt::BETWIXT_ISA {
namespace {

/// base^exponent by squaring.
float power(float base, std::uint32_t exponent) {
  float result = 1;
  for (; exponent != 0; exponent >>= 1, base *= base)
    if (exponent & 1) result *= base;
  return result;
}

/// How far `t` is from the end of the warm-up to the last step, 0 to 1.
float progress(const ScheduleOptions& o, std::uint32_t t) {
  if (t >= o.total_steps || o.total_steps <= o.warmup_steps) return 1;
  return static_cast<float>(t - o.warmup_steps) / static_cast<float>(o.total_steps - o.warmup_steps);
}

float rate(const ScheduleOptions& o, std::uint32_t t) {
  const float base = static_cast<float>(o.base);
  const float final_value = static_cast<float>(o.final_value);
  if (t < o.warmup_steps) return base * (static_cast<float>(t + 1) / static_cast<float>(o.warmup_steps));
  switch (o.kind) {
    case ScheduleKind::kConstant:
      break;
    case ScheduleKind::kStep:
      return base * power(static_cast<float>(o.factor), (t - o.warmup_steps) / o.decay_every);
    case ScheduleKind::kCosine:
      return final_value + (base - final_value) * (0.5f + 0.5f * math::cos_2pi(0.5f * progress(o, t)));
    case ScheduleKind::kLinear:
      return final_value + (base - final_value) * (1.0f - progress(o, t));
  }
  return base;
}

}  // namespace

void schedule_cpu(const CpuCall& call) {
  *call.out<float>() = rate(call.options<ScheduleOptions>(), *call.in<std::uint32_t>(0));
}

}  // namespace betwixt::BETWIXT_ISA
