// SPDX-License-Identifier: MIT
// Random numbers of a stream and step: one Philox block, four elements, an invocation. As lib/ops/random_cpu.cpp.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/storage.glsl"
#include "common/math.glsl"
#include "common/philox.glsl"

layout(constant_id = 1) const uint kKind = 0;  // 0 normal, 1 uniform, 2 Bernoulli

PUSH_BEGIN
  uint count;
  uint key0;
  uint key1;
  float probability;
PUSH_END
READ(0, uint, step)
FLOATS_OUT(1, y)

vec4 numbers(uvec4 bits) {
  if (kKind == 0u) return vec4(betwixt_normal_pair(bits.x, bits.y), betwixt_normal_pair(bits.z, bits.w));
  const vec4 uniform_numbers = (vec4(bits >> 9) + 0.5) * 1.1920928955078125e-7;
  if (kKind == 1u) return uniform_numbers;
  return mix(vec4(0.0), vec4(1.0), lessThan(uniform_numbers, vec4(push.probability)));
}

void main() {
  const uint item = linear_item();
  const uint first = 4u * item;
  if (first >= push.count) return;
  const vec4 values = numbers(philox(uvec4(step[OFFSET(0)], 0u, item, 0u), uvec2(push.key0, push.key1)));
  if (push.count - first >= 4u) {
    put_y4(item, values);
  } else {
    for (uint k = 0u; k < push.count - first; ++k) put_y(first + k, values[k]);
  }
}
