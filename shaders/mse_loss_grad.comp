// SPDX-License-Identifier: MIT
// Gradient of the mean squared error: (prediction - target) times 2 / count times the loss's gradient.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"

PUSH_BEGIN
  uint count;
  float scale;  // 2 / count
PUSH_END
READ(0, float, prediction)
READ(0, vec4, prediction4)
READ(1, float, target)
READ(1, vec4, target4)
READ(2, float, gradient)
WRITE(3, float, dx)
WRITE(3, vec4, dx4)

void main() {
  const uint item = linear_item();
  const uint first = 4u * item;
  if (first >= push.count) return;
  const float scale = push.scale * gradient[OFFSET(2)];
  if (push.count - first >= 4u) {
    dx4[OFFSET4(3) + item] = (prediction4[OFFSET4(0) + item] - target4[OFFSET4(1) + item]) * scale;
  } else {
    for (uint i = first; i < push.count; ++i)
      dx[OFFSET(3) + i] = (prediction[OFFSET(0) + i] - target[OFFSET(1) + i]) * scale;
  }
}
