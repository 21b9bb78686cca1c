// SPDX-License-Identifier: MIT
// The k largest elements of every row, one after another: the lanes of a column (common/lanes.glsl) look for the
// largest that comes after the last one found.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/lanes.glsl"

PUSH_BEGIN
  uint results;  // rows
  uint terms;    // elements of one
  uint wanted;   // k
PUSH_END
READ(0, float, x)
WRITE(1, float, values)
WRITE(2, uint, indices)

const uint kNone = 0xffffffffu;
shared float best_value[128];
shared uint best_index[128];

// Order of the result: larger values first, of equal ones the lower index.
bool comes_first(float a, uint index_a, float b, uint index_b) {
  return a > b || (a == b && index_a < index_b);
}

void main() {
  const uint result = linear_group() * lane_columns() + lane_column();
  const bool valid = result < push.results;
  const uint start = result * push.terms;
  const uint end = valid ? push.terms : 0u;
  const uint lane = gl_LocalInvocationID.x;
  const uint head = lane - lane_row() * lane_step();
  float last = 0.0;
  uint last_index = kNone;
  for (uint k = 0u; k < push.wanted; ++k) {
    float best = 0.0;
    uint index = kNone;
    for (uint i = lane_row(); i < end; i += kRows) {
      const float value = x[OFFSET(0) + start + i];
      const bool open = k == 0u || comes_first(last, last_index, value, i);
      if (open && (index == kNone || comes_first(value, i, best, index))) {
        best = value;
        index = i;
      }
    }
    best_value[lane] = best;
    best_index[lane] = index;
    barrier();
    for (uint rows = kRows / 2u; rows > 0u; rows /= 2u) {
      if (lane_row() < rows) {
        const uint other = lane + rows * lane_step();
        const bool found = best_index[other] != kNone;
        const bool wins = best_index[lane] == kNone ||
                          comes_first(best_value[other], best_index[other], best_value[lane], best_index[lane]);
        if (found && wins) {
          best_value[lane] = best_value[other];
          best_index[lane] = best_index[other];
        }
      }
      barrier();
    }
    last = best_value[head];
    last_index = best_index[head];
    if (valid && lane_row() == 0u) {
      values[OFFSET(1) + result * push.wanted + k] = last;
      indices[OFFSET(2) + result * push.wanted + k] = min(last_index, push.terms - 1u);
    }
    barrier();
  }
}
