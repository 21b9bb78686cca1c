// SPDX-License-Identifier: MIT
// Clears the flag, which holds 1.0, when a number is NaN or infinite. Whoever clears it, it is the same flag: no order
// matters.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"

PUSH_BEGIN
  uint count;
  uint invocations;
PUSH_END
READ(0, uint, x)
READ(0, uvec4, x4)
READ_WRITE(1, uint, flag)

bool is_finite(uint bits) { return (bits & 0x7fffffffu) < 0x7f800000u; }

void main() {
  bool fine = true;
  for (uint item = linear_item(); 4u * item < push.count; item += push.invocations) {
    const uint first = 4u * item;
    if (push.count - first >= 4u) {
      const uvec4 bits = x4[OFFSET4(0) + item];
      fine = fine && is_finite(bits.x) && is_finite(bits.y) && is_finite(bits.z) && is_finite(bits.w);
    } else {
      for (uint i = first; i < push.count; ++i) fine = fine && is_finite(x[OFFSET(0) + i]);
    }
  }
  if (!fine) atomicAnd(flag[OFFSET(1)], 0u);
}
