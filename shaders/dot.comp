// SPDX-License-Identifier: MIT
// Few results from long sums: a workgroup for each element of a matrix product, whose lanes share the terms and then join
// in a fixed tree. gemm.comp would need a second dispatch to join what its workgroups share.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/math.glsl"
#include "common/activation.glsl"
#include "common/activation_grad.glsl"
#include "common/storage.glsl"

layout(constant_id = 1) const uint kBias = 0;
layout(constant_id = 2) const uint kActivation = 0;
layout(constant_id = 3) const uint kActivationGrad = 0;  // times its derivative, from the result at slot 2

PUSH_BEGIN
  uint results;
  uint columns;
  uint terms;
  uint other_term;    // distance of the right side's terms
  uint other_column;  // and columns
  float slope;
PUSH_END
FLOATS_IN(0, x)
FLOATS_IN(1, other)
FLOATS_IN(2, third)
FLOATS_OUT(3, y)

const uint kLanes = 128;
const uint kBlock = 16;  // terms a lane adds up in a row, to keep rounding errors small
shared float lanes[kLanes];

float lane_total(uint row, uint column) {
  float total = 0.0;
  for (uint term = gl_LocalInvocationID.x; term < push.terms;) {
    float part = 0.0;
    for (uint k = 0u; k < kBlock && term < push.terms; ++k, term += kLanes)
      part += x_at(row * push.terms + term) * other_at(term * push.other_term + column * push.other_column);
    total += part;
  }
  return total;
}

float finished(float sum, uint result, uint column) {
  if (kActivationGrad != 0u) return activation_grad(kActivation, sum, third_at(result), push.slope);
  if (kBias != 0u) sum += third_at(column);
  return activated(kActivation, sum, push.slope);
}

void main() {
  const uint result = linear_group();
  const uint lane = gl_LocalInvocationID.x;
  const uint row = result / push.columns;
  const uint column = result - row * push.columns;
  lanes[lane] = result < push.results ? lane_total(row, column) : 0.0;
  barrier();
  for (uint count = kLanes / 2u; count > 0u; count /= 2u) {
    if (lane < count) lanes[lane] += lanes[lane + count];
    barrier();
  }
  if (lane == 0u && result < push.results) put_y(result, finished(lanes[0], result, column));
}
