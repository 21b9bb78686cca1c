// SPDX-License-Identifier: MIT
// The parameters of Adam: shrink * p - rate * m / divisor.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"

PUSH_BEGIN
  uint count;
PUSH_END
READ(0, float, old)
READ(0, vec4, old4)
READ(1, float, moment)
READ(1, vec4, moment4)
READ(2, float, scratch)  // the scalars of optimizer_prepare.comp, then the divisors
READ(2, vec4, scratch4)
WRITE(3, float, parameters)
WRITE(3, vec4, parameters4)

void main() {
  const uint item = linear_item();
  const uint first = 4u * item;
  if (first >= push.count) return;
  const vec4 scalars = scratch4[OFFSET4(2)];
  const bool enabled = scalars.y != 0.0;
  if (push.count - first >= 4u) {
    const vec4 p = old4[OFFSET4(0) + item];
    const vec4 after = scalars.w * p - scalars.x * moment4[OFFSET4(1) + item] / scratch4[OFFSET4(2) + 1u + item];
    parameters4[OFFSET4(3) + item] = enabled ? after : p;
  } else {
    for (uint i = first; i < push.count; ++i) {
      const float p = old[OFFSET(0) + i];
      const float after = scalars.w * p - scalars.x * moment[OFFSET(1) + i] / scratch[OFFSET(2) + 4u + i];
      parameters[OFFSET(3) + i] = enabled ? after : p;
    }
  }
}
