// SPDX-License-Identifier: MIT
// Both sides of the product of gemm.comp on their way to shared memory, four values at a time, and results on their way
// out.
#ifndef BETWIXT_GEMM_SIDES_GLSL
#define BETWIXT_GEMM_SIDES_GLSL

FLOATS_IN(0, picture)
FLOATS_IN(1, other)
#ifdef BETWIXT_COLUMN_SUMS
WRITE(2, float, column_sums)
#else
// Or with kActivationGrad the result of the activation, laid out like the product's.
FLOATS_IN(2, bias)
#endif
FLOATS_OUT(3, result)

const uint kStrideA = kTileRows / 4u + 1u;
const uint kStrideB = kTileColumns / 4u + 1u;
shared vec4 tile_a[kDepth * kStrideA];
shared vec4 tile_b[kDepth * kStrideB];
bool in_picture(ivec4 place) { return uint(place.y) < uint(push.height) && uint(place.z) < uint(push.width); }

float picture_value(ivec4 row, ivec4 term) {
  const ivec4 place = row + term;
  if (!in_picture(place)) return 0.0;
  return picture_at(uint(place.x));
}

float other_value(int place, int column) {
  if (place < 0 || column >= push.out_group) return 0.0;
  return other_at(uint(place + column * (kTapRows != 0u ? push.result_channel : push.weight_out)));
}

// Four values of the left side along the channels.
vec4 fetched_a(uint quad) {
  if (kTapRows != 0u) {
    const uint at = 4u * (quad % (kTileRows / 4u));
    const ivec4 term = term_places[quad / (kTileRows / 4u)];
    if (kVectorA != 0u) {
      const ivec4 place = row_places[at] + term;
      if (!in_picture(place)) return vec4(0.0);
      return picture4_at(uint(place.x) >> 2);
    }
    return vec4(picture_value(row_places[at], term), picture_value(row_places[at + 1u], term),
                picture_value(row_places[at + 2u], term), picture_value(row_places[at + 3u], term));
  }
  const uint at = 4u * (quad % (kDepth / 4u));
  const ivec4 row = row_places[quad / (kDepth / 4u)];
  if (kVectorA != 0u) {
    const ivec4 place = row + term_places[at];
    if (!in_picture(place)) return vec4(0.0);
    return picture4_at(uint(place.x) >> 2);
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
    return other4_at(uint(place + column * push.weight_out) >> 2);
  }
  const int place = term_places[quad / (kTileColumns / 4u)].w;
  const int column = first_column + int(4u * (quad % (kTileColumns / 4u)));
  if (kVectorB == 1u) {
    if (place < 0 || column >= push.out_group) return vec4(0.0);
    return other4_at(uint(place + column) >> 2);
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

#ifdef BETWIXT_COLUMN_SUMS
vec4 finished(vec4 value, int column) { return value; }
vec4 with_slopes(vec4 value, uint at) { return value; }
float with_slope(float value, uint at) { return value; }
#else
vec4 finished(vec4 value, int column) {
  if (kBias != 0u) {
    const ivec4 last = ivec4(push.out_group - 1);
    const ivec4 at = min(column + ivec4(0, 1, 2, 3), last) + bias_start;
    value += vec4(bias_at(uint(at.x)), bias_at(uint(at.y)), bias_at(uint(at.z)), bias_at(uint(at.w)));
  }
  return kActivationGrad != 0u ? value : activated(kActivation, value, push.slope);
}

float with_slope(float value, uint at) {
  if (kActivationGrad == 0u) return value;
  return activation_grad(kActivation, value, bias_at(at), push.slope);
}
// Four values side by side; `at` counts vectors.
vec4 with_slopes(vec4 value, uint at) {
  if (kActivationGrad == 0u) return value;
  return activation_grad(kActivation, value, bias4_at(at), push.slope);
}
#endif

void write(int place, int column, vec4 value) {
  if (place < 0 || column >= push.out_group) return;
  if (kVectorC != 0u) {
    const uint quad = uint(place + column) >> 2;
    put_result4(quad, with_slopes(value, quad));
    return;
  }
  const int distance = kTapRows != 0u ? push.weight_out : push.result_channel;
  const uint at = uint(place + column * distance);
  const uint step = uint(distance);
  put_result(at, with_slope(value.x, at));
  if (column + 1 < push.out_group) put_result(at + step, with_slope(value.y, at + step));
  if (column + 2 < push.out_group) put_result(at + 2u * step, with_slope(value.z, at + 2u * step));
  if (column + 3 < push.out_group) put_result(at + 3u * step, with_slope(value.w, at + 3u * step));
}

#ifdef BETWIXT_COLUMN_SUMS
// Sums over the pixels of this part and phase, of four columns: the gradient of a bias.
void write_sums(int column, vec4 value) {
  if (part >= int(push.parts)) return;
  const int share = (part * phases + phase.y) * phases + phase.x;
  const uint at = OFFSET(2) + uint(share * int(push.groups) * push.out_group + bias_start + column);
  if (column < push.out_group) column_sums[at] = value.x;
  if (column + 1 < push.out_group) column_sums[at + 1u] = value.y;
  if (column + 2 < push.out_group) column_sums[at + 2u] = value.z;
  if (column + 3 < push.out_group) column_sums[at + 3u] = value.w;
}
#endif

#endif
