// SPDX-License-Identifier: MIT
// Second step of a normalisation: joins the parts of every group.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/lanes.glsl"
#include "common/moments.glsl"

PUSH_BEGIN
  uint results;         // outer * groups
  uint parts;
  uint terms;           // numbers behind a result
  uint terms_per_part;  // all parts but the last
  uint mean_place;      // in scratch
  uint inverse_place;
  uint partial_place;
  float epsilon;
PUSH_END
READ_WRITE(0, float, scratch)
WRITE(1, float, mean)
WRITE(2, float, variance)

void main() {
  const uint result = linear_group() * lane_columns() + lane_column();
  const uint parts = result < push.results ? push.parts : 0u;
  Moments lane = Moments(0.0, vec4(0.0), vec4(0.0));
  for (uint part = lane_row(); part < parts; part += kRows) {
    const uint at = OFFSET(0) + push.partial_place + 2u * (part * push.results + result);
    const uint begin = part * push.terms_per_part;
    const float count = float(min(push.terms - begin, push.terms_per_part));
    lane = join(lane, Moments(count, vec4(scratch[at]), vec4(scratch[at + 1u])));
  }
  const Moments all = joined_lanes(lane);
  if (lane_row() != 0u || result >= push.results) return;
  const float spread = all.squares.x / float(push.terms);
  mean[OFFSET(1) + result] = all.mean.x;
  variance[OFFSET(2) + result] = spread;
  scratch[OFFSET(0) + push.mean_place + result] = all.mean.x;
  scratch[OFFSET(0) + push.inverse_place + result] = 1.0 / sqrt(spread + push.epsilon);
}
