// SPDX-License-Identifier: MIT
// Adjoint of pooling: every element of the picture adds up what the windows that hold it send back.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/storage.glsl"
#include "common/math.glsl"
#include "common/pool.glsl"

layout(constant_id = 1) const uint kMode = 0;    // 0 of the largest element, 1 of the mean
layout(constant_id = 2) const uint kVector = 0;  // 1: four channels an invocation

PUSH_BEGIN
  POOL_GEOMETRY
PUSH_END
FLOATS_IN(0, x)
FLOATS_IN(1, dy)
FLOATS_OUT(2, dx)

POOL_FUNCTIONS

vec4 picture(uint at) { return kVector != 0u ? x4_at(at) : vec4(x_at(at), 0.0, 0.0, 0.0); }
vec4 sent_back(uint at) { return kVector != 0u ? dy4_at(at) : vec4(dy_at(at), 0.0, 0.0, 0.0); }

// Pixels of the first largest elements of a window.
uvec4 arg_max(Window rows, Window columns, uint first_pixel, uint channel) {
  uvec4 place = uvec4(first_pixel + rows.begin * push.width + columns.begin);
  vec4 best = picture(place.x * push.channels + channel);
  for (uint iy = rows.begin; iy < rows.end; ++iy)
    for (uint ix = columns.begin; ix < columns.end; ++ix) {
      const uint pixel = first_pixel + iy * push.width + ix;
      const vec4 value = picture(pixel * push.channels + channel);
      const bvec4 wins = larger(value, best);
      best = mix(best, value, wins);
      place = mix(place, uvec4(pixel), wins);
    }
  return place;
}

// Windows that hold row or column `index`: first and one past the last.
uvec2 holders(uint index, uint stride, uint padding, uint kernel, uint pooled) {
  const uint reach = index + padding + 1u;
  const uint first = reach > kernel ? (reach - kernel + stride - 1u) / stride : 0u;
  return uvec2(first, min((index + padding) / stride + 1u, pooled));
}

void main() {
  const uint item = linear_item();
  if (item >= push.count) return;
  const uint channel = item % push.channels;
  const uint pixel = item / push.channels;
  const uint picture_index = pixel / push.width / push.height;
  const uint first_pixel = picture_index * push.height * push.width;
  const uvec2 rows = holders(pixel / push.width % push.height, push.stride_y, push.padding_y, push.kernel_y,
                             push.pooled_height);
  const uvec2 columns = holders(pixel % push.width, push.stride_x, push.padding_x, push.kernel_x, push.pooled_width);
  vec4 result = vec4(0.0);
  for (uint oy = rows.x; oy < rows.y; ++oy) {
    const Window high = window(oy, push.stride_y, push.padding_y, push.kernel_y, push.height);
    for (uint ox = columns.x; ox < columns.y; ++ox) {
      const Window wide = window(ox, push.stride_x, push.padding_x, push.kernel_x, push.width);
      const uint from = ((picture_index * push.pooled_height + oy) * push.pooled_width + ox) * push.channels + channel;
      if (kMode == 1u) {
        result += sent_back(from) * (1.0 / float(divisor(high, wide)));
      } else {
        const bvec4 mine = equal(arg_max(high, wide, first_pixel, channel), uvec4(pixel));
        result += mix(vec4(0.0), sent_back(from), mine);
      }
    }
  }
  if (kVector != 0u)
    put_dx4(item, result);
  else
    put_dx(item, result.x);
}
