// SPDX-License-Identifier: MIT
// Pooling windows of pictures [n,h,w,c]: largest element, mean, or the value at the place of the largest.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/storage.glsl"
#include "common/math.glsl"
#include "common/pool.glsl"

layout(constant_id = 1) const uint kMode = 0;    // 0 largest, 1 mean, 2 pick
layout(constant_id = 2) const uint kVector = 0;  // 1: four channels an invocation

PUSH_BEGIN
  POOL_GEOMETRY
PUSH_END
FLOATS_IN(0, x)
FLOATS_IN(1, values)
FLOATS_OUT(2, y)

POOL_FUNCTIONS

vec4 picture(uint at) { return kVector != 0u ? x4_at(at) : vec4(x_at(at), 0.0, 0.0, 0.0); }

float picked(uint pixel, uint channel, uint component) {
  const uint at = pixel * push.channels + channel;
  return values_at(kVector != 0u ? 4u * at + component : at);
}

void main() {
  const uint item = linear_item();
  if (item >= push.count) return;
  const uint channel = item % push.channels;
  const uint window_index = item / push.channels;
  const uint column = window_index % push.pooled_width;
  const uint row = window_index / push.pooled_width % push.pooled_height;
  const uint first_pixel = window_index / push.pooled_width / push.pooled_height * push.height * push.width;
  const Window rows = window(row, push.stride_y, push.padding_y, push.kernel_y, push.height);
  const Window columns = window(column, push.stride_x, push.padding_x, push.kernel_x, push.width);
  vec4 result = vec4(0.0);
  uvec4 place = uvec4(first_pixel + rows.begin * push.width + columns.begin);
  if (kMode != 1u) result = picture(place.x * push.channels + channel);
  for (uint iy = rows.begin; iy < rows.end; ++iy)
    for (uint ix = columns.begin; ix < columns.end; ++ix) {
      const uint pixel = first_pixel + iy * push.width + ix;
      const vec4 value = picture(pixel * push.channels + channel);
      if (kMode == 1u) {
        result += value;
      } else {
        const bvec4 wins = larger(value, result);
        result = mix(result, value, wins);
        place = mix(place, uvec4(pixel), wins);
      }
    }
  if (kMode == 1u) result *= 1.0 / float(divisor(rows, columns));
  if (kMode == 2u) {
    result.x = picked(place.x, channel, 0u);
    if (kVector != 0u)
      result.yzw = vec3(picked(place.y, channel, 1u), picked(place.z, channel, 2u), picked(place.w, channel, 3u));
  }
  if (kVector != 0u)
    put_y4(item, result);
  else
    put_y(item, result.x);
}
