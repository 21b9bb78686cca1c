// SPDX-License-Identifier: MIT
// A convolution along one axis, as phases: for result position phases * q + phase and tap i the picture's position is
// step * q + offset + i * spacing. lib/ops/detail/conv_plan.h has the same in tables.
#ifndef BETWIXT_CONV_AXIS_GLSL
#define BETWIXT_CONV_AXIS_GLSL

const uint kPlainAxis = 0;       // one phase
const uint kTransposedAxis = 1;  // `stride` phases; a tap belongs to one of them
const uint kFoldedAxis = 2;      // picture enlarged `stride` times: as many phases; taps are sums of kernel elements

struct AxisTaps {
  int count;
  int offset;
  int spacing;
  int first;  // tap i has weight first + i * next
  int next;
};

int floor_divide(int a, int b) { return a >= 0 ? a / b : -((b - 1 - a) / b); }

// Folded axis: picture position of kernel element k, from q.
int folded_offset(int phase, int k, int before, int factor) { return floor_divide(phase - before + k, factor); }
int folded_count(int phase, int kernel, int before, int factor) {
  return folded_offset(phase, kernel - 1, before, factor) - folded_offset(phase, 0, before, factor) + 1;
}
// Which folded tap a phase uses at a picture position. They stand in the order in which the transposed convolution, one
// with steps of `factor` over the larger picture, goes through them: both directions share one set.
int folded_tap(int phase, int offset, int kernel, int before, int factor) {
  return kernel - 1 - before + phase - factor * offset;
}

AxisTaps folded_taps(int phase, int kernel, int before, int factor) {
  const int offset = folded_offset(phase, 0, before, factor);
  return AxisTaps(folded_count(phase, kernel, before, factor), offset, 1,
                  folded_tap(phase, offset, kernel, before, factor), -factor);
}

// Elements k of the kernel with (phase + before - k * dilation) divisible by the stride: every `period`-th, if any.
AxisTaps transposed_taps(int phase, int kernel, int before, int stride, int dilation, int period) {
  int first = 0;
  int position = phase + before;
  while (first < period && floor_divide(position, stride) * stride != position) {
    ++first;
    position -= dilation;
  }
  const int count = first < period && first < kernel ? (kernel - first + period - 1) / period : 0;
  return AxisTaps(count, floor_divide(position, stride), -(period * dilation / stride), first, period);
}

AxisTaps axis_taps(uint kind, int phase, int kernel, int before, int stride, int dilation, int period) {
  if (kind == kFoldedAxis) return folded_taps(phase, kernel, before, stride);
  if (kind == kTransposedAxis) return transposed_taps(phase, kernel, before, stride, dilation, period);
  return AxisTaps(kernel, -before, dilation, 0, 1);
}

// Result positions of a phase.
int phase_positions(int size, int phase, int phases) { return size > phase ? (size - phase + phases - 1) / phases : 0; }

#endif
