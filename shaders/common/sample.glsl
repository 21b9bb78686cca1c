// SPDX-License-Identifier: MIT
// From points to the pixels they look at and their weights; the same formulas as lib/ops/detail/sample_kernel.h.
// Include after common/betwixt.glsl and common/math.glsl.
#ifndef BETWIXT_SAMPLE_GLSL
#define BETWIXT_SAMPLE_GLSL

layout(constant_id = 1) const uint kMode = 1;    // SampleMode: 0 nearest, 1 bilinear, 2 bicubic
layout(constant_id = 2) const uint kBorder = 0;  // SampleBorder: 0 zero, 1 clamp, 2 reflect, 3 mirror
layout(constant_id = 3) const uint kFlow = 1;    // points are displacements from the result pixel

const uint kTaps = kMode == 0u ? 1u : kMode == 1u ? 2u : 4u;

#define SAMPLE_GEOMETRY \
  uint count;           \
  uint channels;        \
  uint height;          \
  uint width;           \
  uint out_height;      \
  uint out_width;       \
  float scale_x;        \
  float shift_x;        \
  float scale_y;        \
  float shift_y;

struct AxisTaps {
  uint index[4];    // inside the picture
  float weight[4];  // 0 where the border is zero
  float slope[4];   // change of the weight with the position
};

float near_cubic(float x) { return (1.25 * x - 2.25) * x * x + 1.0; }
float far_cubic(float x) { return ((-0.75 * x + 3.75) * x - 6.0) * x + 3.0; }
float near_cubic_slope(float x) { return (3.75 * x - 4.5) * x; }
float far_cubic_slope(float x) { return (-2.25 * x + 7.5) * x - 6.0; }

// Inside [0, size), whatever `index` is.
uint bordered(int index, uint size) {
  const int last = int(size) - 1;
  int at = index;
  if (kBorder >= 2u && (at < 0 || at > last)) {
    const int edge = kBorder == 3u ? 1 : 0;
    const int period = 2 * (last + edge);
    at = at < 0 ? -at - edge : at;
    at = period == 0 ? 0 : at - at / period * period;
    at = at <= last ? at : period - edge - at;
  }
  return uint(clamp(at, 0, last));
}

// Taps along an axis of `size` pixels; `origin` is the result pixel for a flow.
AxisTaps axis_taps(float point, float scale, float shift, uint origin, uint size) {
  const float limit = 8388608.0;
  const float moved = point * scale + shift;
  const float t = betwixt_is_nan(moved) ? -limit : clamp(moved, -limit, limit);
  const float below = floor(t);
  const float f = t - below;
  int first = int(below) + (kFlow != 0u ? int(origin) : 0);
  AxisTaps taps;
  taps.weight = float[4](1.0, 0.0, 0.0, 0.0);
  taps.slope = float[4](0.0, 0.0, 0.0, 0.0);
  taps.index = uint[4](0u, 0u, 0u, 0u);
  if (kMode == 0u) {
    first += f > 0.5 || (f == 0.5 && (first & 1) != 0) ? 1 : 0;
  } else if (kMode == 1u) {
    taps.weight = float[4](1.0 - f, f, 0.0, 0.0);
    taps.slope = float[4](-1.0, 1.0, 0.0, 0.0);
  } else {
    first -= 1;
    taps.weight = float[4](far_cubic(1.0 + f), near_cubic(f), near_cubic(1.0 - f), far_cubic(2.0 - f));
    taps.slope =
        float[4](far_cubic_slope(1.0 + f), near_cubic_slope(f), -near_cubic_slope(1.0 - f), -far_cubic_slope(2.0 - f));
  }
  for (uint k = 0u; k < kTaps; ++k) {
    const int index = first + int(k);
    taps.index[k] = bordered(index, size);
    if (kBorder == 0u && (index < 0 || index >= int(size))) {
      taps.weight[k] = 0.0;
      taps.slope[k] = 0.0;
    }
  }
  return taps;
}

// For the block of push constants of SAMPLE_GEOMETRY and `points` read at slot `slot`. `pixel` counts result pixels.
#define SAMPLE_FUNCTIONS(slot)                                                           \
  AxisTaps across_taps(uint pixel) {                                                     \
    return axis_taps(points[OFFSET(slot) + 2u * pixel], push.scale_x, push.shift_x,      \
                     pixel % push.out_width, push.width);                                \
  }                                                                                      \
  AxisTaps down_taps(uint pixel) {                                                       \
    return axis_taps(points[OFFSET(slot) + 2u * pixel + 1u], push.scale_y, push.shift_y, \
                     pixel / push.out_width % push.out_height, push.height);             \
  }                                                                                      \
  uint first_row(uint pixel) { return pixel / (push.out_width * push.out_height) * push.height; }

#endif
