// SPDX-License-Identifier: MIT
// Blur, halving and doubling of pictures [n,h,w,c] with [1 4 6 4 1] / 16, and their adjoints; as lib/ops/pyramid.cpp.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"

layout(constant_id = 1) const uint kTargetStep = 1;  // results lie at multiples of this in the larger picture
layout(constant_id = 2) const uint kSourceStep = 1;
layout(constant_id = 3) const uint kAdjoint = 0;
layout(constant_id = 4) const uint kBase = 0;    // 0 the result, 1 base + it, 2 base - it
layout(constant_id = 5) const uint kVector = 0;  // 1: four channels an invocation

PUSH_BEGIN
  uint count;
  uint channels;  // vectors count as one
  uint height;    // of the result
  uint width;
  uint source_height;
  uint source_width;
  uint large_height;
  uint large_width;
  float gain;     // of one axis
PUSH_END
READ(0, float, x)
READ(0, vec4, x4)
WRITE(1, float, y)
WRITE(1, vec4, y4)
READ(2, float, base)
READ(2, vec4, base4)

float filter_tap(int place) { return place == 0 ? 6.0 : abs(place) == 1 ? 4.0 : abs(place) == 2 ? 1.0 : 0.0; }

// How much of pixel `source` the filter at `centre` takes on an axis of `size` pixels.
float filter_weight(int centre, int source, int size) {
  if (centre >= 2 && centre + 2 < size) return filter_tap(source - centre);
  float total = 0.0;
  for (int k = -2; k <= 2; ++k) {
    int at = abs(centre + k);
    // Pictures of one or two pixels are mirrored more than once.
    for (int turn = 0; turn < 2; ++turn) at = size == 1 ? 0 : abs(at >= size ? 2 * (size - 1) - at : at);
    if (at == source) total += filter_tap(k);
  }
  return total;
}

struct Taps {
  uint first;  // source pixel
  uint count;
  float weight[5];
};

Taps find_taps(uint index, uint source_size, uint large_size) {
  const int centre = int(index * kTargetStep);
  const int size = int(large_size);
  Taps taps;
  taps.first = uint(max(centre - 2, 0) + int(kSourceStep) - 1) / kSourceStep;
  const uint end = min(uint(min(centre + 2, size - 1)) / kSourceStep + 1u, source_size);
  taps.count = max(end, taps.first) - taps.first;
  taps.weight = float[5](0.0, 0.0, 0.0, 0.0, 0.0);
  if (size == 1) taps.weight[0] = 1.0;
  for (uint k = 0u; k < min(taps.count, 5u) && size > 1; ++k) {
    const int source = int((taps.first + k) * kSourceStep);
    taps.weight[k] =
        push.gain * (kAdjoint != 0u ? filter_weight(source, centre, size) : filter_weight(centre, source, size));
  }
  return taps;
}

void main() {
  const uint item = linear_item();
  if (item >= push.count) return;
  const uint pixel = item / push.channels;
  const uint channel = item - pixel * push.channels;
  const uint row = pixel / push.width;
  const Taps across = find_taps(pixel - row * push.width, push.source_width, push.large_width);
  const Taps down = find_taps(row % push.height, push.source_height, push.large_height);
  const uint top = row / push.height * push.source_height + down.first;
  vec4 sum = vec4(0.0);
  for (uint j = 0u; j < down.count; ++j) {
    vec4 strip = vec4(0.0);
    for (uint k = 0u; k < across.count; ++k) {
      const uint at = ((top + j) * push.source_width + across.first + k) * push.channels + channel;
      if (kVector != 0u)
        strip += across.weight[k] * x4[OFFSET4(0) + at];
      else
        strip.x += across.weight[k] * x[OFFSET(0) + at];
    }
    sum += down.weight[j] * strip;
  }
  if (kBase == 2u) sum = -sum;
  if (kVector != 0u)
    y4[OFFSET4(1) + item] = kBase != 0u ? base4[OFFSET4(2) + item] + sum : sum;
  else
    y[OFFSET(1) + item] = kBase != 0u ? base[OFFSET(2) + item] + sum.x : sum.x;
}
