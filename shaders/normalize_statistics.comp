// SPDX-License-Identifier: MIT
// First step of a normalisation: mean and squared deviations of parts of every group of x [outer, rows, groups, width],
// read once. Also copies scale and bias to the head of the scratch memory, so that the last step needs fewer buffers.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/storage.glsl"
#include "common/lanes.glsl"
#include "common/moments.glsl"

layout(constant_id = 3) const uint kVector = 0;  // 1: four neighbours at once: groups if the width is 1, else terms

PUSH_BEGIN
  uint results;         // outer * groups; a vector counts as one here and below
  uint groups;
  uint rows;
  uint width;           // terms side by side
  uint channels;        // distance between rows
  uint terms_per_part;
  uint tiles;           // workgroups per part
  uint parameters;      // floats of scale and of bias
  uint bias_place;      // in scratch
  uint partial_place;
PUSH_END
FLOATS_IN(0, x)
READ(1, float, scale)
READ(2, float, bias)
WRITE(3, float, scratch)

vec4 load(uint at) { return kVector != 0u ? x4_at(at) : vec4(x_at(at), 0.0, 0.0, 0.0); }

// Moments of the terms of a lane around the lane's first term.
Moments lane_moments(uint start, uint begin, uint end) {
  if (begin >= end) return Moments(0.0, vec4(0.0), vec4(0.0));
  const uint first_row = begin / push.width;
  const vec4 center = load(start + first_row * push.channels + (begin - first_row * push.width));
  vec4 total = vec4(0.0);
  vec4 squares = vec4(0.0);
  float count = 0.0;
  for (uint term = begin; term < end; term += kRows) {
    const uint row = term / push.width;
    const vec4 distance = load(start + row * push.channels + (term - row * push.width)) - center;
    total += distance;
    squares += distance * distance;
    count += 1.0;
  }
  const vec4 shift = total / count;
  const vec4 rest = squares - total * shift;
  return Moments(count, center + shift, mix(rest, vec4(0.0), lessThan(rest, vec4(0.0))));
}

void write(uint at, float mean, float squares) {
  scratch[OFFSET(3) + push.partial_place + 2u * at] = mean;
  scratch[OFFSET(3) + push.partial_place + 2u * at + 1u] = squares;
}

void copy_parameters() {
  const uint step = gl_NumWorkGroups.x * gl_NumWorkGroups.y * gl_WorkGroupSize.x;
  for (uint i = linear_item(); i < push.parameters; i += step) {
    scratch[OFFSET(3) + i] = scale[OFFSET(1) + i];
    scratch[OFFSET(3) + push.bias_place + i] = bias[OFFSET(2) + i];
  }
}

void main() {
  const uint work = linear_group();
  const uint part = work / push.tiles;
  const uint result = (work - part * push.tiles) * lane_columns() + lane_column();
  const bool valid = result < push.results;
  const uint outer = result / push.groups;
  const uint start = outer * push.rows * push.channels + (result - outer * push.groups) * push.width;
  const uint begin = part * push.terms_per_part;
  const uint end = valid ? min(begin + push.terms_per_part, push.rows * push.width) : 0u;
  const Moments all = joined_lanes(lane_moments(start, begin + lane_row(), end));
  copy_parameters();
  if (!valid || lane_row() != 0u || begin >= end) return;
  const uint at = part * push.results + result;
  if (kVector == 0u) {
    write(at, all.mean.x, all.squares.x);
  } else if (kRowsFirst != 0u) {
    const Moments one = joined_sets(all);
    write(at, one.mean.x, one.squares.x);
  } else {
    for (uint k = 0u; k < 4u; ++k) write(4u * at + k, all.mean[k], all.squares[k]);
  }
}
