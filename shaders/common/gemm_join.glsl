// SPDX-License-Identifier: MIT
// All of gemm_join.comp and gemm_join_sums.comp. Include after common/betwixt.glsl, common/storage.glsl,
// common/math.glsl, common/activation.glsl, common/activation_grad.glsl and common/conv_axis.glsl.
#ifndef BETWIXT_GEMM_JOIN_GLSL
#define BETWIXT_GEMM_JOIN_GLSL

layout(constant_id = 1) const uint kVector = 0;  // fours: every size and stride counts them
layout(constant_id = 2) const uint kFolded = 0;
layout(constant_id = 3) const uint kBias = 0;
layout(constant_id = 4) const uint kActivation = 0;
layout(constant_id = 5) const uint kActivationGrad = 0;  // times its derivative, from the result at slot 1

PUSH_BEGIN
  uint count;
  uint parts;
  uint part_stride;
  uint channels;  // of the bias
  float slope;
  uint tap;       // size of a tap; the rest is for kFolded
  uint row;       // distance of rows of taps
  int kernel_height;
  int kernel_width;
  int before_y;
  int before_x;
  int factor;
  uint sums_start;  // of the sums' parts, from the start of slot 0
  uint sums_parts;
  uint sums_count;
PUSH_END
READ(0, float, part)
READ(0, vec4, part4)
#ifdef BETWIXT_COLUMN_SUMS
WRITE(1, float, column_sums)
#else
FLOATS_IN(1, bias)
#endif
FLOATS_OUT(2, result)

vec4 loaded(uint at) {
  if (kVector != 0u) return part4[OFFSET4(0) + at];
  return vec4(part[OFFSET(0) + at], 0.0, 0.0, 0.0);
}

vec4 joined(uint at) {
  vec4 sum = vec4(0.0);
  for (uint i = 0u; i < push.parts; ++i, at += push.part_stride) sum += loaded(at);
  return sum;
}

// The folded tap that kernel element k went into.
uint tap_of(int phase, int k, int kernel, int before) {
  return uint(folded_tap(phase, folded_offset(phase, k, before, push.factor), kernel, before, push.factor));
}

vec4 joined_phases(uint item) {
  const uint tap = item / push.tap;
  const uint y = tap / uint(push.kernel_width);
  const int kernel_y = int(y);
  const int kernel_x = int(tap - y * uint(push.kernel_width));
  vec4 sum = vec4(0.0);
  for (int phase_y = 0; phase_y < push.factor; ++phase_y) {
    const uint row = tap_of(phase_y, kernel_y, push.kernel_height, push.before_y) * push.row;
    for (int phase_x = 0; phase_x < push.factor; ++phase_x) {
      const uint column = tap_of(phase_x, kernel_x, push.kernel_width, push.before_x) * push.tap;
      sum += joined(row + column + (item - tap * push.tap));
    }
  }
  return sum;
}

#ifdef BETWIXT_COLUMN_SUMS
vec4 finished(vec4 sum, uint item) { return sum; }

void join_sums(uint column) {
  if (column >= push.sums_count) return;
  float sum = 0.0;
  for (uint i = 0u; i < push.sums_parts; ++i)
    sum += part[OFFSET(0) + push.sums_start + i * push.sums_count + column];
  column_sums[OFFSET(1) + column] = sum;
}
#else
vec4 bias_of(uint channel) {
  if (kVector != 0u) return bias4_at(channel);
  return vec4(bias_at(channel), 0.0, 0.0, 0.0);
}

vec4 finished(vec4 sum, uint item) {
  if (kActivationGrad != 0u) return activation_grad(kActivation, sum, bias_of(item), push.slope);
  if (kBias != 0u) sum += bias_of(item % push.channels);
  return activated(kActivation, sum, push.slope);
}

void join_sums(uint column) {}
#endif

void main() {
  const uint item = linear_item();
  if (item >= push.count) {
    join_sums(item - push.count);
    return;
  }
  const vec4 sum = finished(kFolded != 0u ? joined_phases(item) : joined(item), item);
  if (kVector != 0u)
    put_result4(item, sum);
  else
    put_result(item, sum.x);
}

#endif
