// SPDX-License-Identifier: MIT
// Elements picked along the last axis.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/index.glsl"

layout(constant_id = 1) const uint kBytes = 0;   // elements are bytes, four an invocation
layout(constant_id = 2) const uint kSigned = 0;  // indices are i32

PUSH_BEGIN
  uint count;   // elements of the result
  uint picked;  // in a row of the result
  uint row;     // elements of a row of x
PUSH_END
READ(0, uint, x)
READ(1, uint, indices)
WRITE(2, uint, y)

uint place(uint item) {
  return item / push.picked * push.row + clamped_index(indices[OFFSET(1) + item], kSigned, push.row);
}

void main() {
  const uint item = linear_item();
  if (kBytes == 0u) {
    if (item < push.count) y[OFFSET(2) + item] = x[OFFSET(0) + place(item)];
    return;
  }
  const uint first = 4u * item;
  if (first >= push.count) return;
  uint word = 0u;
  for (uint k = 0u; k < min(push.count - first, 4u); ++k) {
    const uint at = place(first + k);
    word |= (x[OFFSET(0) + at / 4u] >> 8u * (at % 4u) & 0xffu) << 8u * k;
  }
  y[OFFSET(2) + item] = word;
}
