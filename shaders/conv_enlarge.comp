// SPDX-License-Identifier: MIT
// A picture enlarged by a whole factor, every pixel a block of its own colour; or the transpose: sums over blocks.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/storage.glsl"

layout(constant_id = 1) const uint kVector = 0;  // fours of channels
layout(constant_id = 2) const uint kTransposed = 0;

PUSH_BEGIN
  uint count;
  uint channels;
  uint width;   // of the result
  uint factor;
PUSH_END
FLOATS_IN(0, x)
FLOATS_OUT(1, y)

vec4 loaded(uint at) {
  if (kVector != 0u) return x4_at(at);
  return vec4(x_at(at), 0.0, 0.0, 0.0);
}

// Rows count on from picture to picture: both sizes are whole multiples.
vec4 value(uint row, uint column, uint channel) {
  if (kTransposed == 0u)
    return loaded((row / push.factor * (push.width / push.factor) + column / push.factor) * push.channels + channel);
  vec4 sum = vec4(0.0);
  for (uint i = 0u; i < push.factor; ++i)
    for (uint j = 0u; j < push.factor; ++j)
      sum += loaded(((row * push.factor + i) * (push.width * push.factor) + column * push.factor + j) * push.channels +
                    channel);
  return sum;
}

void main() {
  const uint item = linear_item();
  if (item >= push.count) return;
  const uint pixel = item / push.channels;
  const uint row = pixel / push.width;
  const vec4 result = value(row, pixel - row * push.width, item - pixel * push.channels);
  if (kVector != 0u)
    put_y4(item, result);
  else
    put_y(item, result.x);
}
