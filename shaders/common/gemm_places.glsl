// SPDX-License-Identifier: MIT
// Which part of the product a workgroup of gemm.comp computes, and where its rows and terms lie.
#ifndef BETWIXT_GEMM_PLACES_GLSL
#define BETWIXT_GEMM_PLACES_GLSL

const int kOutside = -(1 << 30);

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

#endif
