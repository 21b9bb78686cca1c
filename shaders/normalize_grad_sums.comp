// SPDX-License-Identifier: MIT
// First step of the gradient of a normalisation: sums of g and of g (x - mean) over parts of the rows, for every
// channel of x [outer, rows, groups, width].
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/storage.glsl"
#include "common/lanes.glsl"

layout(constant_id = 3) const uint kVector = 0;  // 1: four channels at once
layout(constant_id = 4) const uint kNarrow = 0;  // with kVector: 1 if the width is 1, so that groups are channels

PUSH_BEGIN
  uint results;        // outer * channels; a vector counts as one here and below
  uint channels;
  uint width;
  uint groups;         // with kVector and without kNarrow, groups are never in vectors
  uint rows;
  uint rows_per_part;
  uint tiles;          // workgroups per part
  uint parts;
  uint product_place;  // of the second sum in scratch; the first is at the start
PUSH_END
FLOATS_IN(0, x)
FLOATS_IN(1, g)
READ(2, float, mean)
READ(2, vec4, mean4)
WRITE(3, float, scratch)
WRITE(3, vec4, scratch4)

const uint kBlock = 16;  // rows a lane adds in a row, to keep rounding errors small
shared vec4 lane_total[128];
shared vec4 lane_product[128];

vec4 load_x(uint at) { return kVector != 0u ? x4_at(at) : vec4(x_at(at), 0.0, 0.0, 0.0); }
vec4 load_g(uint at) { return kVector != 0u ? g4_at(at) : vec4(g_at(at), 0.0, 0.0, 0.0); }

void main() {
  const uint work = linear_group();
  const uint part = work / push.tiles;
  const uint result = (work - part * push.tiles) * lane_columns() + lane_column();
  const bool valid = part < push.parts && result < push.results;  // the grid may hold more workgroups than there is work
  const uint outer = result / push.channels;
  const uint channel = result - outer * push.channels;
  const uint start = outer * push.rows * push.channels + channel;
  const uint group = valid ? outer * push.groups + channel / push.width : 0u;
  vec4 center;
  if (kVector != 0u && kNarrow != 0u)
    center = mean4[OFFSET4(2) + group];
  else
    center = vec4(mean[OFFSET(2) + group]);
  const uint begin = part * push.rows_per_part;
  const uint end = valid ? min(begin + push.rows_per_part, push.rows) : 0u;
  vec4 total = vec4(0.0);
  vec4 product = vec4(0.0);
  for (uint row = begin + lane_row(); row < end;) {
    vec4 block_total = vec4(0.0);
    vec4 block_product = vec4(0.0);
    for (uint k = 0u; k < kBlock && row < end; ++k, row += kRows) {
      const uint at = start + row * push.channels;
      const vec4 slope = load_g(at);
      block_total += slope;
      block_product += slope * (load_x(at) - center);
    }
    total += block_total;
    product += block_product;
  }
  const uint lane = gl_LocalInvocationID.x;
  lane_total[lane] = total;
  lane_product[lane] = product;
  barrier();
  for (uint rows = kRows / 2u; rows > 0u; rows /= 2u) {
    if (lane_row() < rows) {
      lane_total[lane] += lane_total[lane + rows * lane_step()];
      lane_product[lane] += lane_product[lane + rows * lane_step()];
    }
    barrier();
  }
  if (lane_row() != 0u || !valid) return;
  const uint at = part * push.results + result;
  if (kVector != 0u) {
    scratch4[OFFSET4(3) + at] = lane_total[lane];
    scratch4[OFFSET4(3) + push.product_place / 4u + at] = lane_product[lane];
  } else {
    scratch[OFFSET(3) + at] = lane_total[lane].x;
    scratch[OFFSET(3) + push.product_place + at] = lane_product[lane].x;
  }
}
