// SPDX-License-Identifier: MIT
// Matrix products, convolutions and their gradients: one blocked product with the rows of its left side gathered from a
// picture while it runs (implicit GEMM).
//   pixel rows:  rows are result pixels, the depth is taps x channels   (conv2d, its input gradient, transposed, dense)
//   tap rows:    rows are taps x channels, the depth is result pixels   (weight gradient, products with a transposed)
// A workgroup computes one tile of one phase and group, over one part of the depth. Both sides are copied to shared
// memory 16 terms at a time; the next terms are fetched while these are multiplied.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : enable
#include "common/betwixt.glsl"
#include "common/math.glsl"
#include "common/activation.glsl"
#include "common/conv_axis.glsl"

layout(constant_id = 1) const uint kTileRows = 64;
layout(constant_id = 2) const uint kTileColumns = 64;
layout(constant_id = 3) const uint kRowQuads = 2;     // of one invocation
layout(constant_id = 4) const uint kColumnQuads = 1;
layout(constant_id = 5) const uint kTapRows = 0;
layout(constant_id = 6) const uint kVectorA = 0;      // channels in fours
layout(constant_id = 7) const uint kVectorB = 0;      // 1: fours along columns, 2: fours along the depth
layout(constant_id = 8) const uint kVectorC = 0;
layout(constant_id = 9) const uint kBias = 0;
layout(constant_id = 10) const uint kActivation = 0;  // Activation of lib/ops/activation.h

const uint kDepth = 16;
const uint kRowGroups = kTileRows / 4u / kRowQuads;
const uint kColumnGroups = kTileColumns / 4u / kColumnQuads;
const uint kThreads = kRowGroups * kColumnGroups;
const uint kQuadsA = kTileRows * kDepth / 4u;
const uint kQuadsB = kTileColumns * kDepth / 4u;
const uint kLoadsA = (kQuadsA + kThreads - 1u) / kThreads;
const uint kLoadsB = (kQuadsB + kThreads - 1u) / kThreads;
const uint kStrideA = kTileRows / 4u + 1u;
const uint kStrideB = kTileColumns / 4u + 1u;
const int kOutside = -(1 << 30);

PUSH_BEGIN
  uint row_tiles;
  uint column_tiles;
  uint groups;
  uint parts;  // of the depth
  int part_stride;
  int batch;
  int height;  // of the picture
  int width;
  int pixel;   // distance of its pixels
  int result_height;
  int result_width;
  int result_pixel;
  int result_channel;
  int in_group;
  int out_group;
  int picture_group;  // distance of groups
  int result_group;
  int weight_group;
  int weight_row;     // distance of taps
  int weight_tap;
  int weight_in;
  int weight_out;
  int before_y;
  int before_x;
  int dilation;
  uint kernel;        // height, width, stride, period: a byte each
  uint axis_kind;
  float slope;
PUSH_END
READ(0, float, picture)
READ(0, vec4, picture4)
READ(1, float, other)
READ(1, vec4, other4)
READ(2, float, bias)
WRITE(3, float, result)
WRITE(3, vec4, result4)

shared vec4 tile_a[kDepth * kStrideA];
shared vec4 tile_b[kDepth * kStrideB];
// Where to find things. x to z: picture index, y and x, as two parts that add up (one of a pixel, one of a tap);
// w: place of a row in the result, of a term in the right side; -1 outside.
shared ivec4 row_places[kTileRows];
shared ivec4 term_places[kDepth];

// The workgroup's share.
ivec2 phase;
int phases;
int step_size;
AxisTaps taps_y;
AxisTaps taps_x;
ivec2 positions;
int picture_start;
int weight_start;
int result_start;
int bias_start;
int first_row;
int first_column;
int part;

ivec4 pixel_place(ivec3 q, bool inside) {
  if (!inside) return ivec4(0, kOutside, 0, -1);
  const int y = q.y * step_size;
  const int x = q.x * step_size;
  const int row = q.z * push.result_height + q.y * phases + phase.y;
  return ivec4(((q.z * push.height + y) * push.width + x) * push.pixel + picture_start, y, x,
               (row * push.result_width + q.x * phases + phase.x) * push.result_pixel + result_start);
}

ivec4 tap_place(ivec3 t, bool inside) {
  if (!inside) return ivec4(0, kOutside, 0, -1);
  const int y = taps_y.offset + t.z * taps_y.spacing;
  const int x = taps_x.offset + t.y * taps_x.spacing;
  return ivec4((y * push.width + x) * push.pixel + t.x, y, x,
               (taps_y.first + t.z * taps_y.next) * push.weight_row +
                   (taps_x.first + t.y * taps_x.next) * push.weight_tap + t.x * push.weight_in + weight_start);
}

ivec2 pixel_sizes() { return positions.xy; }
ivec2 tap_sizes() { return ivec2(push.in_group, taps_x.count); }

ivec3 split_index(int index, ivec2 sizes) {
  const ivec2 s = max(sizes, ivec2(1));  // a phase may have no taps
  const int row = index / s.x;
  const int plane = row / s.y;
  return ivec3(index - row * s.x, row - plane * s.y, plane);
}

ivec3 advanced(ivec3 index, ivec3 distance, ivec2 sizes) {
  index += distance;
  if (index.x >= sizes.x) {
    index.x -= sizes.x;
    ++index.y;
  }
  if (index.y >= sizes.y) {
    index.y -= sizes.y;
    ++index.z;
  }
  return index;
}

ivec4 row_place(ivec3 index, bool inside) {
  return kTapRows != 0u ? tap_place(index, inside) : pixel_place(index, inside);
}
ivec4 term_place(ivec3 index, bool inside) {
  return kTapRows != 0u ? pixel_place(index, inside) : tap_place(index, inside);
}

bool in_picture(ivec4 place) { return uint(place.y) < uint(push.height) && uint(place.z) < uint(push.width); }

float picture_value(ivec4 row, ivec4 term) {
  const ivec4 place = row + term;
  if (!in_picture(place)) return 0.0;
  return picture[OFFSET(0) + uint(place.x)];
}

float other_value(int place, int column) {
  if (place < 0 || column >= push.out_group) return 0.0;
  return other[OFFSET(1) + uint(place + column * (kTapRows != 0u ? push.result_channel : push.weight_out))];
}

// Four values of the left side along the channels.
vec4 fetched_a(uint quad) {
  if (kTapRows != 0u) {
    const uint at = 4u * (quad % (kTileRows / 4u));
    const ivec4 term = term_places[quad / (kTileRows / 4u)];
    if (kVectorA != 0u) {
      const ivec4 place = row_places[at] + term;
      if (!in_picture(place)) return vec4(0.0);
      return picture4[OFFSET4(0) + (uint(place.x) >> 2)];
    }
    return vec4(picture_value(row_places[at], term), picture_value(row_places[at + 1u], term),
                picture_value(row_places[at + 2u], term), picture_value(row_places[at + 3u], term));
  }
  const uint at = 4u * (quad % (kDepth / 4u));
  const ivec4 row = row_places[quad / (kDepth / 4u)];
  if (kVectorA != 0u) {
    const ivec4 place = row + term_places[at];
    if (!in_picture(place)) return vec4(0.0);
    return picture4[OFFSET4(0) + (uint(place.x) >> 2)];
  }
  return vec4(picture_value(row, term_places[at]), picture_value(row, term_places[at + 1u]),
              picture_value(row, term_places[at + 2u]), picture_value(row, term_places[at + 3u]));
}

void keep_a(uint quad, vec4 value) {
  if (kTapRows != 0u) {
    tile_a[quad / (kTileRows / 4u) * kStrideA + quad % (kTileRows / 4u)] = value;
  } else {
    const uint at = 4u * (quad % (kDepth / 4u)) * kStrideA + quad / kDepth;
    const uint lane = quad / (kDepth / 4u) % 4u;
    tile_a[at][lane] = value.x;
    tile_a[at + kStrideA][lane] = value.y;
    tile_a[at + 2u * kStrideA][lane] = value.z;
    tile_a[at + 3u * kStrideA][lane] = value.w;
  }
}

vec4 fetched_b(uint quad) {
  if (kVectorB == 2u) {
    const int place = term_places[4u * (quad % (kDepth / 4u))].w;
    const int column = first_column + int(quad / (kDepth / 4u));
    if (place < 0 || column >= push.out_group) return vec4(0.0);
    return other4[OFFSET4(1) + (uint(place + column * push.weight_out) >> 2)];
  }
  const int place = term_places[quad / (kTileColumns / 4u)].w;
  const int column = first_column + int(4u * (quad % (kTileColumns / 4u)));
  if (kVectorB == 1u) {
    if (place < 0 || column >= push.out_group) return vec4(0.0);
    return other4[OFFSET4(1) + (uint(place + column) >> 2)];
  }
  return vec4(other_value(place, column), other_value(place, column + 1), other_value(place, column + 2),
              other_value(place, column + 3));
}

void keep_b(uint quad, vec4 value) {
  if (kVectorB == 2u) {
    const uint at = 4u * (quad % (kDepth / 4u)) * kStrideB + quad / kDepth;
    const uint lane = quad / (kDepth / 4u) % 4u;
    tile_b[at][lane] = value.x;
    tile_b[at + kStrideB][lane] = value.y;
    tile_b[at + 2u * kStrideB][lane] = value.z;
    tile_b[at + 3u * kStrideB][lane] = value.w;
  } else {
    tile_b[quad / (kTileColumns / 4u) * kStrideB + quad % (kTileColumns / 4u)] = value;
  }
}

vec4 finished(vec4 value, int column) {
  if (kBias != 0u) {
    const ivec4 last = ivec4(push.out_group - 1);
    const ivec4 at = min(column + ivec4(0, 1, 2, 3), last) + bias_start;
    const uvec4 from = OFFSET(2) + uvec4(at);
    value += vec4(bias[from.x], bias[from.y], bias[from.z], bias[from.w]);
  }
  return activated(kActivation, value, push.slope);
}

void write(int place, int column, vec4 value) {
  if (place < 0 || column >= push.out_group) return;
  if (kVectorC != 0u) {
    result4[OFFSET4(3) + (uint(place + column) >> 2)] = value;
    return;
  }
  const int distance = kTapRows != 0u ? push.weight_out : push.result_channel;
  const uint at = OFFSET(3) + uint(place + column * distance);
  result[at] = value.x;
  if (column + 1 < push.out_group) result[at + uint(distance)] = value.y;
  if (column + 2 < push.out_group) result[at + 2u * uint(distance)] = value.z;
  if (column + 3 < push.out_group) result[at + 3u * uint(distance)] = value.w;
}

// Reads the workgroup's number: column tile, row tile, phase, group and part of the depth, the first fastest. The grid
// may hold a few workgroups more than there is work: their part does not exist, and they find no rows and no terms.
void take_share() {
  uint work = linear_group();
  first_column = int(work % push.column_tiles * kTileColumns);
  work /= push.column_tiles;
  first_row = int(work % push.row_tiles * kTileRows);
  work /= push.row_tiles;
  const bool plain = push.axis_kind == kPlainAxis;
  const int stride = int(push.kernel >> 16 & 255u);
  const int period = int(push.kernel >> 24);
  phases = plain ? 1 : stride;
  step_size = plain ? stride : 1;
  phase.x = int(work % uint(phases));
  work /= uint(phases);
  phase.y = int(work % uint(phases));
  work /= uint(phases);
  const int group = int(work % push.groups);
  part = int(work / push.groups);
  const int kernel_height = int(push.kernel & 255u);
  const int kernel_width = int(push.kernel >> 8 & 255u);
  taps_y = axis_taps(push.axis_kind, phase.y, kernel_height, push.before_y, stride, push.dilation, period);
  taps_x = axis_taps(push.axis_kind, phase.x, kernel_width, push.before_x, stride, push.dilation, period);
  positions = ivec2(phase_positions(push.result_width, phase.x, phases),
                    phase_positions(push.result_height, phase.y, phases));
  picture_start = group * push.picture_group;
  weight_start = group * push.weight_group;
  result_start = group * push.result_group;
  bias_start = group * push.out_group;
}

void main() {
  const uint thread = gl_LocalInvocationID.x;
  take_share();
  const int pixels = part < int(push.parts) ? push.batch * positions.x * positions.y : 0;
  const int taps = part < int(push.parts) ? push.in_group * taps_x.count * taps_y.count : 0;
  const int rows = kTapRows != 0u ? taps : pixels;
  const int depth = kTapRows != 0u ? pixels : taps;
  const ivec2 row_sizes = kTapRows != 0u ? tap_sizes() : pixel_sizes();
  const ivec2 depth_sizes = kTapRows != 0u ? pixel_sizes() : tap_sizes();
  for (uint i = thread; i < kTileRows; i += kThreads) {
    const int row = first_row + int(i);
    row_places[i] = row_place(split_index(row, row_sizes), row < rows);
  }
  // Blocks of 16 terms, some for each part.
  const int blocks = (depth + int(kDepth) - 1) / int(kDepth);
  const int blocks_per_part = (blocks + int(push.parts) - 1) / int(push.parts);
  const int begin = min(part * blocks_per_part, blocks);
  const int end = min(begin + blocks_per_part, blocks);
  int term = begin * int(kDepth) + int(thread);
  ivec3 term_index = split_index(term, depth_sizes);
  const ivec3 distance = split_index(int(kDepth), depth_sizes);
  if (thread < kDepth) term_places[thread] = term_place(term_index, term < depth);

  vec4 sums[kRowQuads * 4u * kColumnQuads];
  [[unroll]] for (uint i = 0u; i < kRowQuads * 4u * kColumnQuads; ++i) sums[i] = vec4(0.0);
  vec4 next_a[kLoadsA];
  vec4 next_b[kLoadsB];
  const uint row_group = thread / kColumnGroups;
  const uint column_group = thread % kColumnGroups;
  barrier();
  [[unroll]] for (uint i = 0u; i < kLoadsA; ++i) next_a[i] = fetched_a(min(i * kThreads + thread, kQuadsA - 1u));
  [[unroll]] for (uint i = 0u; i < kLoadsB; ++i) next_b[i] = fetched_b(min(i * kThreads + thread, kQuadsB - 1u));
  barrier();
  for (int block = begin; block < end; ++block) {
    [[unroll]] for (uint i = 0u; i < kLoadsA; ++i) {
      if (i * kThreads + thread < kQuadsA) keep_a(i * kThreads + thread, next_a[i]);
    }
    [[unroll]] for (uint i = 0u; i < kLoadsB; ++i) {
      if (i * kThreads + thread < kQuadsB) keep_b(i * kThreads + thread, next_b[i]);
    }
    if (thread < kDepth) {
      term += int(kDepth);
      term_index = advanced(term_index, distance, depth_sizes);
      term_places[thread] = term_place(term_index, term < depth);
    }
    barrier();
    if (block + 1 < end) {
      [[unroll]] for (uint i = 0u; i < kLoadsA; ++i) next_a[i] = fetched_a(min(i * kThreads + thread, kQuadsA - 1u));
      [[unroll]] for (uint i = 0u; i < kLoadsB; ++i) next_b[i] = fetched_b(min(i * kThreads + thread, kQuadsB - 1u));
    }
    for (uint k = 0u; k < kDepth; k += 4u) {
      [[unroll]] for (uint inner = 0u; inner < 4u; ++inner) {
        vec4 right[kColumnQuads];
        [[unroll]] for (uint j = 0u; j < kColumnQuads; ++j)
          right[j] = tile_b[(k + inner) * kStrideB + j * kColumnGroups + column_group];
        [[unroll]] for (uint i = 0u; i < kRowQuads; ++i) {
          const vec4 left = tile_a[(k + inner) * kStrideA + i * kRowGroups + row_group];
          [[unroll]] for (uint j = 0u; j < kColumnQuads; ++j) {
            sums[(4u * i) * kColumnQuads + j] += left.x * right[j];
            sums[(4u * i + 1u) * kColumnQuads + j] += left.y * right[j];
            sums[(4u * i + 2u) * kColumnQuads + j] += left.z * right[j];
            sums[(4u * i + 3u) * kColumnQuads + j] += left.w * right[j];
          }
        }
      }
    }
    barrier();
  }

  const int part_start = part * push.part_stride;
  [[unroll]] for (uint i = 0u; i < kRowQuads; ++i) {
    [[unroll]] for (uint lane = 0u; lane < 4u; ++lane) {
      const int place = row_places[4u * (i * kRowGroups + row_group) + lane].w;
      [[unroll]] for (uint j = 0u; j < kColumnQuads; ++j) {
        const int column = first_column + int(4u * (j * kColumnGroups + column_group));
        const vec4 value = finished(sums[(4u * i + lane) * kColumnQuads + j], column);
        write(place < 0 ? -1 : place + part_start, column, value);
      }
    }
  }
}
