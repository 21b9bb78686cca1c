// SPDX-License-Identifier: MIT
// Weights of a convolution over an enlarged picture, made into weights over the small one: kernel elements that meet
// the same pixel are added. One result tap for each phase and tap of the forward direction, or for each tap of the
// transposed one (lib/ops/detail/conv_plan.h).
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/conv_axis.glsl"

layout(constant_id = 1) const uint kVector = 0;  // fours: every size and stride counts them
layout(constant_id = 2) const uint kTransposed = 0;

PUSH_BEGIN
  uint count;
  uint tap;    // size of a tap
  uint taps_x; // results along x
  int kernel_height;
  int kernel_width;
  int before_y;
  int before_x;
  int factor;
PUSH_END
READ(0, float, weight)
READ(0, vec4, weight4)
WRITE(1, float, folded)
WRITE(1, vec4, folded4)

// Kernel elements [x, y) behind result tap `index`.
ivec2 elements(int index, int kernel, int before) {
  int first = kernel - 1 - index;
  if (kTransposed == 0u) {
    int phase = 0;
    for (int count; index >= (count = folded_count(phase, kernel, before, push.factor)); index -= count) ++phase;
    first = (folded_offset(phase, 0, before, push.factor) + index) * push.factor - (phase - before);
  }
  return ivec2(max(first, 0), min(first + push.factor, kernel));
}

vec4 loaded(uint at) {
  if (kVector != 0u) return weight4[OFFSET4(0) + at];
  return vec4(weight[OFFSET(0) + at], 0.0, 0.0, 0.0);
}

void main() {
  const uint item = linear_item();
  if (item >= push.count) return;
  const uint tap = item / push.tap;
  const uint y = tap / push.taps_x;
  const ivec2 rows = elements(int(y), push.kernel_height, push.before_y);
  const ivec2 columns = elements(int(tap - y * push.taps_x), push.kernel_width, push.before_x);
  vec4 sum = vec4(0.0);
  for (int ky = rows.x; ky < rows.y; ++ky)
    for (int kx = columns.x; kx < columns.y; ++kx)
      sum += loaded(uint(ky * push.kernel_width + kx) * push.tap + (item - tap * push.tap));
  if (kVector != 0u)
    folded4[OFFSET4(1) + item] = sum;
  else
    folded[OFFSET(1) + item] = sum.x;
}
