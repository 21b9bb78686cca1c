// SPDX-License-Identifier: MIT
// As many multiply-adds as the device can do: they never leave the registers.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"

PUSH_BEGIN
  uint rounds;
  float factor;
PUSH_END
WRITE(0, float, y)

void main() {
  const float start = float(gl_LocalInvocationID.x) * 0.001;
  vec4 a = vec4(start), b = a + 0.1, c = a + 0.2, d = a + 0.3;
  vec4 e = a + 0.4, f = a + 0.5, g = a + 0.6, h = a + 0.7;
  const vec4 factor = vec4(push.factor);
  for (uint i = 0u; i < push.rounds; ++i) {
    a = a * factor + factor;
    b = b * factor + factor;
    c = c * factor + factor;
    d = d * factor + factor;
    e = e * factor + factor;
    f = f * factor + factor;
    g = g * factor + factor;
    h = h * factor + factor;
  }
  const vec4 all = ((a + b) + (c + d)) + ((e + f) + (g + h));
  y[OFFSET(0) + linear_item()] = (all.x + all.y) + (all.z + all.w);
}
