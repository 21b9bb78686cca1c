// SPDX-License-Identifier: MIT
// One moment of Adam; with the second moment also the divisor of the step, sqrt(v) * correction + epsilon, in scratch.
// Where moments are updated in place, adam_moments.comp does both at once.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/adam.glsl"

layout(constant_id = 1) const uint kSecond = 0;

PUSH_BEGIN
  uint count;
  float beta;
  float share;  // 1 - beta
  float epsilon;
PUSH_END
READ(0, float, old)
READ(0, vec4, old4)
READ(1, float, gradient)
READ(1, vec4, gradient4)
WRITE(2, float, moment)
WRITE(2, vec4, moment4)
READ_WRITE(3, float, scratch)  // the scalars of optimizer_prepare.comp, then the divisors
READ_WRITE(3, vec4, scratch4)

float next(float before, float g) {
  return kSecond != 0u ? adam_second(before, g, push.beta, push.share) : adam_first(before, g, push.beta, push.share);
}

void main() {
  const uint item = linear_item();
  const uint first = 4u * item;
  if (first >= push.count) return;
  const vec4 scalars = scratch4[OFFSET4(3)];
  const bool enabled = scalars.y != 0.0;
  if (push.count - first >= 4u) {
    const vec4 before = old4[OFFSET4(0) + item];
    const vec4 g = gradient4[OFFSET4(1) + item];
    const vec4 after = vec4(next(before.x, g.x), next(before.y, g.y), next(before.z, g.z), next(before.w, g.w));
    moment4[OFFSET4(2) + item] = enabled ? after : before;
    if (kSecond != 0u)
      scratch4[OFFSET4(3) + 1u + item] =
          vec4(adam_divisor(after.x, scalars, push.epsilon), adam_divisor(after.y, scalars, push.epsilon),
               adam_divisor(after.z, scalars, push.epsilon), adam_divisor(after.w, scalars, push.epsilon));
  } else {
    for (uint i = first; i < push.count; ++i) {
      const float before = old[OFFSET(0) + i];
      const float after = next(before, gradient[OFFSET(1) + i]);
      moment[OFFSET(2) + i] = enabled ? after : before;
      if (kSecond != 0u) scratch[OFFSET(3) + 4u + i] = adam_divisor(after, scalars, push.epsilon);
    }
  }
}
