// SPDX-License-Identifier: MIT
// The parameters of stochastic gradient descent: p - rate * step.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"

PUSH_BEGIN
  uint count;
PUSH_END
READ(0, float, old)
READ(0, vec4, old4)
READ(1, float, step)
READ(1, vec4, step4)
READ(2, float, scratch)  // the scalars of optimizer_prepare.comp
WRITE(3, float, parameters)
WRITE(3, vec4, parameters4)

void main() {
  const uint item = linear_item();
  const uint first = 4u * item;
  if (first >= push.count) return;
  const float rate = scratch[OFFSET(2)];
  const bool enabled = scratch[OFFSET(2) + 1u] != 0.0;
  if (push.count - first >= 4u) {
    const vec4 p = old4[OFFSET4(0) + item];
    const vec4 after = p - rate * step4[OFFSET4(1) + item];
    parameters4[OFFSET4(3) + item] = enabled ? after : p;
  } else {
    for (uint i = first; i < push.count; ++i) {
      const float p = old[OFFSET(0) + i];
      const float after = p - rate * step[OFFSET(1) + i];
      parameters[OFFSET(3) + i] = enabled ? after : p;
    }
  }
}
