// SPDX-License-Identifier: MIT
// A copy, 16 bytes an invocation.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"

PUSH_BEGIN
  uint count;
PUSH_END
READ(0, uvec4, x)
WRITE(1, uvec4, y)

void main() {
  const uint i = linear_item();
  if (i >= push.count) return;
  y[OFFSET4(1) + i] = x[OFFSET4(0) + i];
}
