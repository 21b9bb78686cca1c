// SPDX-License-Identifier: MIT
// Adds values at indices: every element of the result walks through the indices and adds its own, in their order.
//   values [outer, terms, inner], indices [outer, terms] -> [outer, size, inner]
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/index.glsl"

layout(constant_id = 1) const uint kSigned = 0;  // indices are i32

PUSH_BEGIN
  uint count;  // elements of the result
  uint size;
  uint inner;
  uint terms;
PUSH_END
READ(0, float, values)
READ(1, uint, indices)
WRITE(2, float, y)

void main() {
  const uint item = linear_item();
  if (item >= push.count) return;
  const uint row = item / push.inner;
  const uint column = item - row * push.inner;
  const uint outer = row / push.size;
  const uint own = row - outer * push.size;
  float sum = 0.0;
  for (uint term = 0u; term < push.terms; ++term) {
    const uint at = outer * push.terms + term;
    if (clamped_index(indices[OFFSET(1) + at], kSigned, push.size) == own)
      sum += values[OFFSET(0) + at * push.inner + column];
  }
  y[OFFSET(2) + item] = sum;
}
