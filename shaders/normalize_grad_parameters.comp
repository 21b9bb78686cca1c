// SPDX-License-Identifier: MIT
// Gradient of scale and bias from the sums of normalize_grad_sums.comp.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/lanes.glsl"

PUSH_BEGIN
  uint channels;
  uint width;
  uint groups;
  uint outer;
  uint parts;
  uint product_place;  // of the second sum in scratch; the first is at the start
  float epsilon;
PUSH_END
READ(0, float, scratch)
READ(1, float, variance)
WRITE(2, float, dscale)
WRITE(3, float, dbias)

shared vec2 lanes[128];

void main() {
  const uint channel = linear_group() * lane_columns() + lane_column();
  const uint terms = channel < push.channels ? push.parts * push.outer : 0u;
  vec2 total = vec2(0.0);
  for (uint term = lane_row(); term < terms; term += kRows) {
    const uint at = OFFSET(0) + term * push.channels + channel;
    const uint group = term % push.outer * push.groups + channel / push.width;
    const float inverse = 1.0 / sqrt(variance[OFFSET(1) + group] + push.epsilon);
    total += vec2(scratch[at], scratch[at + push.product_place] * inverse);
  }
  const uint lane = gl_LocalInvocationID.x;
  lanes[lane] = total;
  barrier();
  for (uint rows = kRows / 2u; rows > 0u; rows /= 2u) {
    if (lane_row() < rows) lanes[lane] += lanes[lane + rows * lane_step()];
    barrier();
  }
  if (lane_row() != 0u || channel >= push.channels) return;
  dbias[OFFSET(3) + channel] = lanes[lane].x;
  dscale[OFFSET(2) + channel] = lanes[lane].y;
}
