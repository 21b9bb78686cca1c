// SPDX-License-Identifier: MIT
// dy times the derivative of an activation, from its result y.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/storage.glsl"
#include "common/activation_grad.glsl"

layout(constant_id = 1) const uint kActivation = 0;  // Activation of lib/ops/activation.h

PUSH_BEGIN
  uint count;
  float slope;
PUSH_END
FLOATS_IN(0, dy)
FLOATS_IN(1, y)
FLOATS_OUT(2, dx)

void main() {
  const uint item = linear_item();
  const uint first = 4u * item;
  if (first >= push.count) return;
  if (push.count - first >= 4u) {
    const vec4 g = dy4_at(item);
    const vec4 result = y4_at(item);
    put_dx4(item, activation_grad(kActivation, g, result, push.slope));
  } else {
    for (uint i = first; i < push.count; ++i)
      put_dx(i, activation_grad(kActivation, dy_at(i), y_at(i), push.slope));
  }
}
