// SPDX-License-Identifier: MIT
// Sums, maxima and minima over axes. Every result is joined from its terms by the lanes of one column
// (common/lanes.glsl); where there are few results, groups of terms give partial results that a second dispatch
// joins. The order depends on the shape only.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/storage.glsl"
#include "common/lanes.glsl"
#include "common/math.glsl"
#include "common/reduce.glsl"

shared uvec4 lanes[128];

void main() {
  const uvec2 own = share();
  const uint group = own.x;
  const uint result = own.y + lane_column();
  const uint lane = gl_LocalInvocationID.x;
  lanes[lane] = lane_total(group, result);
  barrier();
  for (uint rows = kRows / 2u; rows > 0u; rows /= 2u) {
    if (lane_row() < rows) lanes[lane] = join(lanes[lane], lanes[lane + rows * lane_step()]);
    barrier();
  }
  if (lane_row() == 0u && result < push.results) write(group * push.results + result, lanes[lane]);
}
