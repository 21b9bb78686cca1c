// SPDX-License-Identifier: MIT
// The learning rate of a step, as lib/ops/schedule_cpu.cpp.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/math.glsl"

layout(constant_id = 1) const uint kKind = 0;  // ScheduleKind of lib/ops/schedule.h

PUSH_BEGIN
  float base;
  float factor;
  float final_value;
  uint warmup_steps;
  uint decay_every;
  uint total_steps;
PUSH_END
READ(0, uint, step)
WRITE(1, float, y)

float power(float base, uint exponent) {
  float result = 1.0;
  for (; exponent != 0u; exponent >>= 1) {
    if ((exponent & 1u) != 0u) result *= base;
    base *= base;
  }
  return result;
}

float progress(uint t) {
  if (t >= push.total_steps || push.total_steps <= push.warmup_steps) return 1.0;
  return float(t - push.warmup_steps) / float(push.total_steps - push.warmup_steps);
}

float rate(uint t) {
  if (t < push.warmup_steps) return push.base * (float(t + 1u) / float(push.warmup_steps));
  if (kKind == 1u) return push.base * power(push.factor, (t - push.warmup_steps) / push.decay_every);
  const float span = push.base - push.final_value;
  if (kKind == 2u) return push.final_value + span * (0.5 + 0.5 * betwixt_cos_2pi(0.5 * progress(t)));
  if (kKind == 3u) return push.final_value + span * (1.0 - progress(t));
  return push.base;
}

void main() {
  if (linear_item() == 0u) y[OFFSET(1)] = rate(step[OFFSET(0)]);
}
