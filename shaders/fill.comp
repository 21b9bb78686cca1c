// SPDX-License-Identifier: MIT
// Sets words to one value.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"

PUSH_BEGIN
  uint count;
  uint value;
PUSH_END
WRITE(0, uint, y)
WRITE(0, uvec4, y4)

void main() {
  const uint item = linear_item();
  const uint first = 4u * item;
  if (first >= push.count) return;
  if (push.count - first >= 4u) {
    y4[OFFSET4(0) + item] = uvec4(push.value);
  } else {
    for (uint i = first; i < push.count; ++i) y[OFFSET(0) + i] = push.value;
  }
}
