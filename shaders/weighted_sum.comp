// SPDX-License-Identifier: MIT
// first * a + second * b.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"

PUSH_BEGIN
  uint count;
  float first;
  float second;
PUSH_END
READ(0, float, a)
READ(0, vec4, a4)
READ(1, float, b)
READ(1, vec4, b4)
WRITE(2, float, y)
WRITE(2, vec4, y4)

void main() {
  const uint item = linear_item();
  const uint start = 4u * item;
  if (start >= push.count) return;
  if (push.count - start >= 4u) {
    y4[OFFSET4(2) + item] = push.first * a4[OFFSET4(0) + item] + push.second * b4[OFFSET4(1) + item];
  } else {
    for (uint i = start; i < push.count; ++i)
      y[OFFSET(2) + i] = push.first * a[OFFSET(0) + i] + push.second * b[OFFSET(1) + i];
  }
}
