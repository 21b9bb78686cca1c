// SPDX-License-Identifier: MIT
// Both moments of Adam and the parameters, where they lie. The scalars of optimizer_prepare.comp and the switch that
// enables the step are in the buffer of the gradient.
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
  float epsilon;
  uint scalars;  // offset in slot 3
  uint enable;   // offset in slot 3
PUSH_END
READ_WRITE(0, float, parameters)
READ_WRITE(0, vec4, parameters4)
READ_WRITE(1, float, moment)
READ_WRITE(1, vec4, moment4)
READ_WRITE(2, float, second)
READ_WRITE(2, vec4, second4)
READ(3, float, gradient)
READ(3, vec4, gradient4)

float next_first(float before, float g) { return adam_first(before, g, push.beta1, push.share1); }
float next_second(float before, float g) { return adam_second(before, g, push.beta2, push.share2); }
float next(float p, float m, float v, vec4 scalars) {
  return adam_parameter(p, m, adam_divisor(v, scalars, push.epsilon), scalars);
}

void main() {
  const uint item = linear_item();
  const uint first = 4u * item;
  if (first >= push.count) return;
  const vec4 scalars = gradient4[push.scalars >> 2];
  if (gradient[push.enable] == 0.0) return;
  if (push.count - first >= 4u) {
    const vec4 g = gradient4[OFFSET4(3) + item];
    const vec4 p = parameters4[OFFSET4(0) + item];
    vec4 m = moment4[OFFSET4(1) + item];
    vec4 v = second4[OFFSET4(2) + item];
    m = vec4(next_first(m.x, g.x), next_first(m.y, g.y), next_first(m.z, g.z), next_first(m.w, g.w));
    v = vec4(next_second(v.x, g.x), next_second(v.y, g.y), next_second(v.z, g.z), next_second(v.w, g.w));
    moment4[OFFSET4(1) + item] = m;
    second4[OFFSET4(2) + item] = v;
    parameters4[OFFSET4(0) + item] = vec4(next(p.x, m.x, v.x, scalars), next(p.y, m.y, v.y, scalars),
                                          next(p.z, m.z, v.z, scalars), next(p.w, m.w, v.w, scalars));
  } else {
    for (uint i = first; i < push.count; ++i) {
      const float g = gradient[OFFSET(3) + i];
      const float m = next_first(moment[OFFSET(1) + i], g);
      const float v = next_second(second[OFFSET(2) + i], g);
      moment[OFFSET(1) + i] = m;
      second[OFFSET(2) + i] = v;
      parameters[OFFSET(0) + i] = next(parameters[OFFSET(0) + i], m, v, scalars);
    }
  }
}
