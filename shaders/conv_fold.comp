// SPDX-License-Identifier: MIT
// Weights of a convolution over an enlarged picture, made into weights over the small one: kernel elements that meet
// the same pixel are added. One result tap for each phase and tap, in the order of common/conv_axis.glsl.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/storage.glsl"

layout(constant_id = 1) const uint kVector = 0;  // fours: every size and stride counts them

PUSH_BEGIN
  uint count;
  uint tap;    // size of a tap
  uint taps_x; // results along x
  int kernel_height;
  int kernel_width;
  int factor;
PUSH_END
FLOATS_IN(0, weight)
FLOATS_OUT(1, folded)

// Kernel elements [x, y) behind result tap `index`.
ivec2 elements(int index, int kernel) {
  const int first = kernel - 1 - index;
  return ivec2(max(first, 0), min(first + push.factor, kernel));
}

vec4 loaded(uint at) {
  if (kVector != 0u) return weight4_at(at);
  return vec4(weight_at(at), 0.0, 0.0, 0.0);
}

void main() {
  const uint item = linear_item();
  if (item >= push.count) return;
  const uint tap = item / push.tap;
  const uint y = tap / push.taps_x;
  const ivec2 rows = elements(int(y), push.kernel_height);
  const ivec2 columns = elements(int(tap - y * push.taps_x), push.kernel_width);
  vec4 sum = vec4(0.0);
  for (int ky = rows.x; ky < rows.y; ++ky)
    for (int kx = columns.x; kx < columns.y; ++kx)
      sum += loaded(uint(ky * push.kernel_width + kx) * push.tap + (item - tap * push.tap));
  if (kVector != 0u)
    put_folded4(item, sum);
  else
    put_folded(item, sum.x);
}
