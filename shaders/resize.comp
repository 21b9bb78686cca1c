// SPDX-License-Identifier: MIT
// Resizing of pictures [n,h,w,c] and its adjoint. Positions are exact in integers: as resize_axis of
// lib/ops/resize.cpp.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/storage.glsl"

layout(constant_id = 1) const uint kMode = 0;  // 0 nearest, 1 bilinear, 2 bilinear with aligned corners, 3 area
layout(constant_id = 2) const uint kAdjoint = 0;
layout(constant_id = 3) const uint kVector = 0;  // 1: four channels an invocation

PUSH_BEGIN
  uint count;
  uint channels;  // vectors count as one
  uint original_height;
  uint original_width;
  uint resized_height;
  uint resized_width;
PUSH_END
FLOATS_IN(0, x)
FLOATS_OUT(1, y)

vec4 picture(uint at) { return kVector != 0u ? x4_at(at) : vec4(x_at(at), 0.0, 0.0, 0.0); }

// Numerator and denominator of the position that row i of `to` rows looks at among `from` rows.
uvec2 position(uint i, uint from, uint to) {
  if (kMode == 2u) return to == 1u ? uvec2(0u, 1u) : uvec2(i * (from - 1u), to - 1u);
  const uint numerator = (2u * i + 1u) * from;
  return uvec2(max(numerator, to) - to, 2u * to);
}

// Original rows that resized row i reads: first and one past the last.
uvec2 sources(uint i, uint from, uint to) {
  if (kMode == 0u) return uvec2(0u, 1u) + i * from / to;
  if (kMode == 3u) return uvec2(i * from / to, ((i + 1u) * from + to - 1u) / to);
  const uvec2 at = position(i, from, to);
  const uint first = min(at.x / at.y, from - 1u);
  return uvec2(first, min(first + 2u, from));
}

// How much of original row s is in resized row i.
float weight(uint i, uint s, uint from, uint to) {
  if (kMode == 0u) return i * from / to == s ? 1.0 : 0.0;
  if (kMode == 3u) {
    const uint begin = max(i * from, s * to);
    const uint end = min((i + 1u) * from, (s + 1u) * to);
    return end > begin ? float(end - begin) / float(from) : 0.0;
  }
  const uvec2 at = position(i, from, to);
  const uint first = min(at.x / at.y, from - 1u);
  const uint rest = first == from - 1u ? 0u : at.x - first * at.y;
  if (s == first) return float(at.y - rest) / float(at.y);
  return s == first + 1u ? float(rest) / float(at.y) : 0.0;
}

// Resized rows that may read original row s: first and one past the last; a few too many for bilinear.
uvec2 targets(uint s, uint from, uint to) {
  if (kMode == 0u) return uvec2((s * to + from - 1u) / from, min(((s + 1u) * to + from - 1u) / from, to));
  if (kMode == 3u) return uvec2(s * to / from, min(((s + 1u) * to + from - 1u) / from, to));
  const uint scale_from = kMode == 2u ? max(from, 2u) - 1u : from;
  const uint scale_to = kMode == 2u ? max(to, 2u) - 1u : to;
  // Row i looks at about i * scale_from / scale_to, give or take half a row of either picture.
  const uint margin = 2u + scale_to / scale_from / 2u;
  const uint low = max(s, 1u) - 1u;
  const uint first = low * scale_to / scale_from;
  const uint last = (s + 1u) * scale_to / scale_from + 1u + margin;
  return uvec2(s == 0u ? 0u : max(first, margin) - margin, s + 1u >= from ? to : min(last + 1u, to));
}

void main() {
  const uint item = linear_item();
  if (item >= push.count) return;
  const uvec2 original = uvec2(push.original_height, push.original_width);
  const uvec2 resized = uvec2(push.resized_height, push.resized_width);
  const uvec2 here = kAdjoint != 0u ? original : resized;
  const uvec2 there = kAdjoint != 0u ? resized : original;
  const uint channel = item % push.channels;
  const uint pixel = item / push.channels;
  const uvec2 at = uvec2(pixel / here.y % here.x, pixel % here.y);
  const uint first_pixel = pixel / here.y / here.x * there.x * there.y;
  uvec2 rows = sources(at.x, original.x, resized.x);
  uvec2 columns = sources(at.y, original.y, resized.y);
  if (kAdjoint != 0u) {
    rows = targets(at.x, original.x, resized.x);
    columns = targets(at.y, original.y, resized.y);
  }
  vec4 result = vec4(0.0);
  for (uint column = columns.x; column < columns.y; ++column) {
    const uvec2 pair = kAdjoint != 0u ? uvec2(column, at.y) : uvec2(at.y, column);
    const float across = kMode == 0u && kAdjoint == 0u ? 1.0 : weight(pair.x, pair.y, original.y, resized.y);
    if (across == 0.0) continue;
    vec4 strip = vec4(0.0);
    for (uint row = rows.x; row < rows.y; ++row) {
      const uvec2 rank = kAdjoint != 0u ? uvec2(row, at.x) : uvec2(at.x, row);
      const float down = kMode == 0u && kAdjoint == 0u ? 1.0 : weight(rank.x, rank.y, original.x, resized.x);
      if (down != 0.0) strip += down * picture((first_pixel + row * there.y + column) * push.channels + channel);
    }
    result += across * strip;
  }
  if (kVector != 0u)
    put_y4(item, result);
  else
    put_y(item, result.x);
}
