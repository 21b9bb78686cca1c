// SPDX-License-Identifier: MIT
// What the last step of the gradient of a normalisation needs of every group, from the sums of
// normalize_grad_sums.comp: mean, inverse deviation, level and tilt. Also copies the scale there.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/lanes.glsl"

PUSH_BEGIN
  uint results;         // outer * groups
  uint groups;
  uint width;
  uint channels;
  uint outer;
  uint parts;
  uint product_place;   // of the second sum in scratch; the first is at the start
  uint scale_place;     // in scratch
  uint group_place[4];  // of mean, inverse, level and tilt
  float share;          // 1 / numbers of a group
  float epsilon;
PUSH_END
READ_WRITE(0, float, scratch)
READ(1, float, scale)
READ(2, float, mean)
READ(3, float, variance)

shared vec2 lanes[128];

void main() {
  const uint result = linear_group() * lane_columns() + lane_column();
  const uint outer = result / push.groups;
  const uint first_channel = (result - outer * push.groups) * push.width;
  const uint terms = result < push.results ? push.parts * push.width : 0u;
  vec2 total = vec2(0.0);
  for (uint term = lane_row(); term < terms; term += kRows) {
    const uint part = term / push.width;
    const uint channel = first_channel + (term - part * push.width);
    const uint at = OFFSET(0) + (part * push.outer + outer) * push.channels + channel;
    total += scale[OFFSET(1) + channel] * vec2(scratch[at], scratch[at + push.product_place]);
  }
  const uint lane = gl_LocalInvocationID.x;
  lanes[lane] = total;
  barrier();
  for (uint rows = kRows / 2u; rows > 0u; rows /= 2u) {
    if (lane_row() < rows) lanes[lane] += lanes[lane + rows * lane_step()];
    barrier();
  }
  const uint step = gl_NumWorkGroups.x * gl_NumWorkGroups.y * gl_WorkGroupSize.x;
  for (uint i = linear_item(); i < push.channels; i += step)
    scratch[OFFSET(0) + push.scale_place + i] = scale[OFFSET(1) + i];
  if (lane_row() != 0u || result >= push.results) return;
  const float inverse = 1.0 / sqrt(variance[OFFSET(3) + result] + push.epsilon);
  const vec2 sums = lanes[lane] * (inverse * push.share);
  scratch[OFFSET(0) + push.group_place[0] + result] = mean[OFFSET(2) + result];
  scratch[OFFSET(0) + push.group_place[1] + result] = inverse;
  scratch[OFFSET(0) + push.group_place[2] + result] = sums.x;
  scratch[OFFSET(0) + push.group_place[3] + result] = sums.y * inverse * inverse;
}
