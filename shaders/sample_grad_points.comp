// SPDX-License-Identifier: MIT
// Gradient of warp and grid_sample with respect to the points; one invocation per point.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/storage.glsl"
#include "common/math.glsl"
#include "common/sample.glsl"

layout(constant_id = 4) const uint kVector = 0;  // 1: four channels at once

PUSH_BEGIN
  SAMPLE_GEOMETRY  // vectors count as one channel
PUSH_END
FLOATS_IN(0, x)
READ(1, float, points)
FLOATS_IN(2, dy)
WRITE(3, float, dpoints)
SAMPLE_FUNCTIONS(1)

// What a pixel of the picture and one of dy have in common.
float shared_part(uint picture_pixel, uint pixel) {
  float sum = 0.0;
  for (uint c = 0u; c < push.channels; ++c) {
    const uint at = picture_pixel * push.channels + c;
    const uint from = pixel * push.channels + c;
    if (kVector != 0u) {
      const vec4 product = x4_at(at) * dy4_at(from);
      sum += (product.x + product.y) + (product.z + product.w);
    } else {
      sum += x_at(at) * dy_at(from);
    }
  }
  return sum;
}

void main() {
  const uint pixel = linear_item();
  if (pixel >= push.count) return;
  const AxisTaps across = across_taps(pixel);
  const AxisTaps down = down_taps(pixel);
  const uint top = first_row(pixel);
  float to_right = 0.0;
  float to_bottom = 0.0;
  for (uint row = 0u; row < kTaps; ++row) {
    float value = 0.0;
    float change = 0.0;
    for (uint column = 0u; column < kTaps; ++column) {
      const float part = shared_part((top + down.index[row]) * push.width + across.index[column], pixel);
      value += across.weight[column] * part;
      change += across.slope[column] * part;
    }
    to_right += down.weight[row] * change;
    to_bottom += down.slope[row] * value;
  }
  dpoints[OFFSET(3) + 2u * pixel] = to_right * push.scale_x;
  dpoints[OFFSET(3) + 2u * pixel + 1u] = to_bottom * push.scale_y;
}
