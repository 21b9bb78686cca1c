// SPDX-License-Identifier: MIT
// Marks the first element equal to a value along the reduced axes, in two steps with the index of the first so far in
// scratch memory (set to 2^32 - 1 before).
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"

layout(constant_id = 1) const uint kMark = 0;   // 0: find the smallest index, 1: write the marks
layout(constant_id = 2) const uint kFloat = 1;  // compare as floats

PUSH_BEGIN
  uint count;
  uint one;  // what a mark is
  uint rank;
  uint size[5];            // of x, outermost first
  uint value_stride[5];    // 0 along reduced axes
  uint reduced_stride[5];  // 0 along kept axes
PUSH_END
READ(0, uint, x)
READ(1, uint, value)
READ_WRITE(2, uint, first)
WRITE(3, uint, y)

void main() {
  const uint item = linear_item();
  if (item >= push.count) return;
  uint result = 0u;
  uint term = 0u;
  uint rest = item;
  for (uint axis = 4u; axis > 0u; --axis) {
    if (axis >= push.rank) continue;
    const uint outer = rest / push.size[axis];
    result += (rest - outer * push.size[axis]) * push.value_stride[axis];
    term += (rest - outer * push.size[axis]) * push.reduced_stride[axis];
    rest = outer;
  }
  result += rest * push.value_stride[0];
  term += rest * push.reduced_stride[0];
  if (kMark != 0u) {
    y[OFFSET(3) + item] = first[OFFSET(2) + result] == term ? push.one : 0u;
    return;
  }
  const uint a = x[OFFSET(0) + item];
  const uint b = value[OFFSET(1) + result];
  const bool equal = kFloat != 0u ? uintBitsToFloat(a) == uintBitsToFloat(b) : a == b;
  if (equal) atomicMin(first[OFFSET(2) + result], term);
}
