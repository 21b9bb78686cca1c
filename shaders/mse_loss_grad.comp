// SPDX-License-Identifier: MIT
// Gradient of the mean squared error: (prediction - target) times 2 / count times the loss's gradient. With an
// activation: times its derivative, told from the prediction that it made.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/storage.glsl"
#include "common/activation_grad.glsl"

layout(constant_id = 1) const uint kActivation = 0;

PUSH_BEGIN
  uint count;
  float scale;  // 2 / count
  float slope;
PUSH_END
FLOATS_IN(0, prediction)
FLOATS_IN(1, target)
READ(2, float, gradient)
FLOATS_OUT(3, dx)

void main() {
  const uint item = linear_item();
  const uint first = 4u * item;
  if (first >= push.count) return;
  const float scale = push.scale * gradient[OFFSET(2)];
  if (push.count - first >= 4u) {
    const vec4 y = prediction4_at(item);
    put_dx4(item, activation_grad(kActivation, (y - target4_at(item)) * scale, y, push.slope));
  } else {
    for (uint i = first; i < push.count; ++i)
      put_dx(i, activation_grad(kActivation, (prediction_at(i) - target_at(i)) * scale,
                                          prediction_at(i), push.slope));
  }
}
