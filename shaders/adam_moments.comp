// SPDX-License-Identifier: MIT
// Both moments of Adam where they lie.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/adam.glsl"

PUSH_BEGIN
  uint count;
  float beta1;
  float share1;  // 1 - beta1
  float beta2;
  float share2;
PUSH_END
READ_WRITE(0, float, moment)
READ_WRITE(0, vec4, moment4)
READ_WRITE(1, float, second)
READ_WRITE(1, vec4, second4)
READ(2, float, gradient)
READ(2, vec4, gradient4)
READ(3, vec4, scratch4)  // the scalars of optimizer_prepare.comp

float next_first(float before, float g) { return adam_first(before, g, push.beta1, push.share1); }
float next_second(float before, float g) { return adam_second(before, g, push.beta2, push.share2); }

void main() {
  const uint item = linear_item();
  const uint first = 4u * item;
  if (first >= push.count) return;
  if (scratch4[OFFSET4(3)].y == 0.0) return;
  if (push.count - first >= 4u) {
    const vec4 g = gradient4[OFFSET4(2) + item];
    const vec4 m = moment4[OFFSET4(0) + item];
    const vec4 v = second4[OFFSET4(1) + item];
    moment4[OFFSET4(0) + item] =
        vec4(next_first(m.x, g.x), next_first(m.y, g.y), next_first(m.z, g.z), next_first(m.w, g.w));
    second4[OFFSET4(1) + item] =
        vec4(next_second(v.x, g.x), next_second(v.y, g.y), next_second(v.z, g.z), next_second(v.w, g.w));
  } else {
    for (uint i = first; i < push.count; ++i) {
      const float g = gradient[OFFSET(2) + i];
      moment[OFFSET(0) + i] = next_first(moment[OFFSET(0) + i], g);
      second[OFFSET(1) + i] = next_second(second[OFFSET(1) + i], g);
    }
  }
}
