// SPDX-License-Identifier: MIT
// Last step of the gradient of a normalisation: dx = inverse * scale * g - level - tilt * (x - mean). g may be dx.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/storage.glsl"

layout(constant_id = 1) const uint kVector = 0;  // 1: four channels an invocation
layout(constant_id = 2) const uint kNarrow = 0;  // with kVector: 1 if the width is 1, so that groups are channels

PUSH_BEGIN
  uint count;  // vectors count as one here and below
  uint channels;
  uint width;
  uint row_channels;    // channels of one picture: rows * channels
  uint groups;          // with kVector and without kNarrow, groups are never in vectors
  uint scale_place;     // in scratch
  uint group_place[4];  // of mean, inverse, level and tilt
PUSH_END
FLOATS_IN(0, x)
FLOATS_IN(1, g)
READ(2, float, scratch)
READ(2, vec4, scratch4)
FLOATS_OUT(3, dx)

vec4 of_group(uint which, uint group) {
  if (kVector != 0u && kNarrow != 0u) return scratch4[OFFSET4(2) + push.group_place[which] / 4u + group];
  return vec4(scratch[OFFSET(2) + push.group_place[which] + group]);
}

void main() {
  const uint item = linear_item();
  if (item >= push.count) return;
  const uint channel = item % push.channels;
  const uint group = item / push.row_channels * push.groups + channel / push.width;
  const vec4 mean = of_group(0u, group);
  const vec4 inverse = of_group(1u, group);
  const vec4 level = of_group(2u, group);
  const vec4 tilt = of_group(3u, group);
  if (kVector != 0u) {
    const vec4 factor = inverse * scratch4[OFFSET4(2) + push.scale_place / 4u + channel];
    put_dx4(item, factor * g4_at(item) - level - tilt * (x4_at(item) - mean));
  } else {
    const float factor = inverse.x * scratch[OFFSET(2) + push.scale_place + channel];
    put_dx(item, factor * g_at(item) - level.x - tilt.x * (x_at(item) - mean.x));
  }
}
