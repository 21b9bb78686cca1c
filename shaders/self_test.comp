// SPDX-License-Identifier: MIT
// What best_device() asks of a GPU before it trusts it: integer and float arithmetic, our own functions, shared memory.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/math.glsl"
#include "common/philox.glsl"

PUSH_BEGIN
  uint count;
  uint key_low;
  uint key_high;
  float scale;
PUSH_END
READ(0, float, x)
WRITE(1, float, y)
WRITE(2, uint, sums)

shared uint partial[gl_WorkGroupSize.x];

void main() {
  const uint i = linear_item();
  const uint local = gl_LocalInvocationID.x;
  const uvec4 bits = philox(uvec4(i, 0, 0, 0), uvec2(push.key_low, push.key_high));
  if (i < push.count) y[OFFSET(1) + i] = betwixt_tanh(x[OFFSET(0) + i]) * push.scale + betwixt_unit(bits.y);
  partial[local] = i < push.count ? bits.x : 0;
  for (uint width = gl_WorkGroupSize.x / 2; width > 0; width /= 2) {
    barrier();
    if (local < width) partial[local] += partial[local + width];
  }
  if (local == 0 && i < push.count) sums[OFFSET(2) + linear_group()] = partial[0];
}
