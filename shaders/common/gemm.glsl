// SPDX-License-Identifier: MIT
// The blocked product of gemm.comp and gemm_sums.comp: constants, push constants and all of main. Include after
// common/betwixt.glsl, common/storage.glsl, common/math.glsl, common/activation.glsl, common/activation_grad.glsl and
// common/conv_axis.glsl.
#ifndef BETWIXT_GEMM_GLSL
#define BETWIXT_GEMM_GLSL

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
layout(constant_id = 11) const uint kActivationGrad = 0;  // times its derivative, from the result at slot 2

const uint kDepth = 16;
const uint kRowGroups = kTileRows / 4u / kRowQuads;
const uint kColumnGroups = kTileColumns / 4u / kColumnQuads;
const uint kThreads = kRowGroups * kColumnGroups;
const uint kQuadsA = kTileRows * kDepth / 4u;
const uint kQuadsB = kTileColumns * kDepth / 4u;
const uint kLoadsA = (kQuadsA + kThreads - 1u) / kThreads;
const uint kLoadsB = (kQuadsB + kThreads - 1u) / kThreads;

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

#include "common/gemm_places.glsl"
#include "common/gemm_sides.glsl"

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
#ifdef BETWIXT_COLUMN_SUMS
  const bool sums_columns = first_row == 0 && thread < kTileColumns / 4u;
  vec4 column_sum = vec4(0.0);
#endif
  const uint row_group = thread / kColumnGroups;
  const uint column_group = thread % kColumnGroups;
  barrier();
  // A round fetches a block while it multiplies the one before; the first only fetches, the last only multiplies.
  for (int block = begin; block <= end; ++block) {
    if (block < end) {
      [[unroll]] for (uint i = 0u; i < kLoadsA; ++i) next_a[i] = fetched_a(min(i * kThreads + thread, kQuadsA - 1u));
      [[unroll]] for (uint i = 0u; i < kLoadsB; ++i) next_b[i] = fetched_b(min(i * kThreads + thread, kQuadsB - 1u));
    }
    if (block > begin) {
#ifdef BETWIXT_COLUMN_SUMS
      if (sums_columns) {
        for (uint k = 0u; k < kDepth; ++k) column_sum += tile_b[k * kStrideB + thread];
      }
#endif
      for (uint k = 0u; k < kDepth; k += 2u) {
        [[unroll]] for (uint inner = 0u; inner < 2u; ++inner) {
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
    }
    barrier();
    if (block < end) {
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
    }
    barrier();
  }

#ifdef BETWIXT_COLUMN_SUMS
  if (sums_columns) write_sums(first_column + int(4u * thread), column_sum);
#endif
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

#endif
