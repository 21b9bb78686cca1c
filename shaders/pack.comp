// SPDX-License-Identifier: MIT
// Copies one part of a pack and clears the gap behind it.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"

PUSH_BEGIN
  uint count;    // words of the part
  uint vectors;  // to write, the gap included
PUSH_END
READ(0, uint, source)
READ(0, uvec4, source4)
WRITE(1, uvec4, target4)

void main() {
  const uint item = linear_item();
  if (item >= push.vectors) return;
  uvec4 value = uvec4(0u);
  if (4u * item + 4u <= push.count) {
    value = source4[OFFSET4(0) + item];
  } else {
    for (uint k = 0u; 4u * item + k < push.count; ++k) value[k] = source[OFFSET(0) + 4u * item + k];
  }
  target4[OFFSET4(1) + item] = value;
}
