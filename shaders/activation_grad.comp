// SPDX-License-Identifier: MIT
// dy times the derivative of an activation, from its result y.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/activation_grad.glsl"

layout(constant_id = 1) const uint kActivation = 0;  // Activation of lib/ops/activation.h

PUSH_BEGIN
  uint count;
  float slope;
PUSH_END
READ(0, float, dy)
READ(0, vec4, dy4)
READ(1, float, y)
READ(1, vec4, y4)
WRITE(2, float, dx)
WRITE(2, vec4, dx4)

void main() {
  const uint item = linear_item();
  const uint first = 4u * item;
  if (first >= push.count) return;
  if (push.count - first >= 4u) {
    const vec4 g = dy4[OFFSET4(0) + item];
    const vec4 result = y4[OFFSET4(1) + item];
    dx4[OFFSET4(2) + item] = activation_grad(kActivation, g, result, push.slope);
  } else {
    for (uint i = first; i < push.count; ++i)
      dx[OFFSET(2) + i] = activation_grad(kActivation, dy[OFFSET(0) + i], y[OFFSET(1) + i], push.slope);
  }
}
