// SPDX-License-Identifier: MIT
// Pictures looked at through points: warp and grid_sample.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/storage.glsl"
#include "common/math.glsl"
#include "common/sample.glsl"

layout(constant_id = 4) const uint kVector = 0;  // 1: four channels at once

PUSH_BEGIN
  SAMPLE_GEOMETRY  // vectors count as one channel
  uint step;       // channels an invocation computes
PUSH_END
FLOATS_IN(0, x)
READ(1, float, points)
FLOATS_OUT(2, y)
SAMPLE_FUNCTIONS(1)

void main() {
  const uint item = linear_item();
  if (item >= push.count) return;
  const uint parts = push.channels / push.step;
  const uint pixel = item / parts;
  const uint first_channel = (item - pixel * parts) * push.step;
  const AxisTaps across = across_taps(pixel);
  const AxisTaps down = down_taps(pixel);
  const uint top = first_row(pixel);
  for (uint channel = first_channel; channel < first_channel + push.step; ++channel) {
    vec4 sum = vec4(0.0);
    for (uint row = 0u; row < kTaps; ++row)
      for (uint column = 0u; column < kTaps; ++column) {
        const uint at = ((top + down.index[row]) * push.width + across.index[column]) * push.channels + channel;
        const float weight = down.weight[row] * across.weight[column];
        if (kVector != 0u)
          sum += weight * x4_at(at);
        else
          sum.x += weight * x_at(at);
      }
    const uint to = pixel * push.channels + channel;
    if (kVector != 0u)
      put_y4(to, sum);
    else
      put_y(to, sum.x);
  }
}
