// SPDX-License-Identifier: MIT
// The parameters of Adam: shrink * p - rate * m / divisor. In place the divisor is computed from the second moment
// (slot 2), and the scalars have a slot of their own; otherwise slot 2 holds scalars and divisors.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/adam.glsl"

layout(constant_id = 1) const uint kInPlace = 0;

PUSH_BEGIN
  uint count;
  float epsilon;
PUSH_END
READ_WRITE(0, float, parameters)
READ_WRITE(0, vec4, parameters4)
READ(1, float, moment)
READ(1, vec4, moment4)
READ(2, float, divisors)
READ(2, vec4, divisors4)
READ_WRITE(3, float, other)  // the new parameters, or the scalars
READ_WRITE(3, vec4, other4)

float divisor(float value, vec4 scalars) {
  return kInPlace != 0u ? adam_divisor(value, scalars, push.epsilon) : value;
}
float next(float p, float m, float value, vec4 scalars) {
  return adam_parameter(p, m, divisor(value, scalars), scalars);
}

void main() {
  const uint item = linear_item();
  const uint first = 4u * item;
  if (first >= push.count) return;
  const vec4 scalars = kInPlace != 0u ? other4[OFFSET4(3)] : divisors4[OFFSET4(2)];
  const uint head = kInPlace != 0u ? 0u : 1u;  // vectors before the divisors
  const bool enabled = scalars.y != 0.0;
  if (kInPlace != 0u && !enabled) return;
  if (push.count - first >= 4u) {
    const vec4 p = parameters4[OFFSET4(0) + item];
    const vec4 m = moment4[OFFSET4(1) + item];
    const vec4 d = divisors4[OFFSET4(2) + head + item];
    const vec4 after = vec4(next(p.x, m.x, d.x, scalars), next(p.y, m.y, d.y, scalars), next(p.z, m.z, d.z, scalars),
                            next(p.w, m.w, d.w, scalars));
    if (kInPlace != 0u)
      parameters4[OFFSET4(0) + item] = after;
    else
      other4[OFFSET4(3) + item] = enabled ? after : p;
  } else {
    for (uint i = first; i < push.count; ++i) {
      const float p = parameters[OFFSET(0) + i];
      const float after = next(p, moment[OFFSET(1) + i], divisors[OFFSET(2) + 4u * head + i], scalars);
      if (kInPlace != 0u)
        parameters[OFFSET(0) + i] = after;
      else
        other[OFFSET(3) + i] = enabled ? after : p;
    }
  }
}
