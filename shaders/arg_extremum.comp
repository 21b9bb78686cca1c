// SPDX-License-Identifier: MIT
// Index of the first largest or smallest element along one axis; the lanes of a column share a result.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/lanes.glsl"

layout(constant_id = 3) const uint kSmallest = 0;
layout(constant_id = 4) const uint kType = 0;  // 0 f32, 1 i32, 2 u32

PUSH_BEGIN
  uint results;
  uint terms;         // elements of the axis
  uint stride;        // between its elements
  uint outer_stride;  // between rows of results; `stride` results lie side by side in a row
PUSH_END
READ(0, uint, x)
WRITE(1, uint, y)

shared uint best_value[128];
shared uint best_index[128];

bool better(uint a, uint b) {
  const uint high = kSmallest != 0u ? b : a;
  const uint low = kSmallest != 0u ? a : b;
  if (kType == 0u) return uintBitsToFloat(high) > uintBitsToFloat(low);
  return kType == 1u ? int(high) > int(low) : high > low;
}

bool same(uint a, uint b) { return kType == 0u ? uintBitsToFloat(a) == uintBitsToFloat(b) : a == b; }

void main() {
  const uint result = linear_group() * lane_columns() + lane_column();
  const uint end = result < push.results ? push.terms : 0u;
  const uint row = result / push.stride;
  const uint start = row * push.outer_stride + (result - row * push.stride);
  uint value = 0u;
  uint index = 0xffffffffu;
  for (uint i = lane_row(); i < end; i += kRows) {
    const uint candidate = x[OFFSET(0) + start + i * push.stride];
    if (index == 0xffffffffu || better(candidate, value)) {
      value = candidate;
      index = i;
    }
  }
  const uint lane = gl_LocalInvocationID.x;
  best_value[lane] = value;
  best_index[lane] = index;
  barrier();
  for (uint rows = kRows / 2u; rows > 0u; rows /= 2u) {
    if (lane_row() < rows) {
      const uint other = lane + rows * lane_step();
      const bool valid = best_index[other] != 0xffffffffu;
      const bool wins = better(best_value[other], best_value[lane]) ||
                        (same(best_value[other], best_value[lane]) && best_index[other] < best_index[lane]);
      if (valid && wins) {
        best_value[lane] = best_value[other];
        best_index[lane] = best_index[other];
      }
    }
    barrier();
  }
  if (lane_row() == 0u && result < push.results) y[OFFSET(1) + result] = best_index[lane];
}
