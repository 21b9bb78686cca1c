// SPDX-License-Identifier: MIT
// Softmax and its logarithm along one axis; the lanes of a column share a result (common/lanes.glsl).
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/lanes.glsl"
#include "common/math.glsl"

layout(constant_id = 3) const uint kLog = 0;

PUSH_BEGIN
  uint results;  // rows to normalise
  uint terms;    // elements of one
  uint inner;    // distance between them; so many rows lie side by side
PUSH_END
READ(0, float, x)
WRITE(1, float, y)

shared float lanes[128];

void main() {
  const uint result = linear_group() * lane_columns() + lane_column();
  const uint end = result < push.results ? push.terms : 0u;
  const uint outer = result / push.inner;
  const uint start = outer * push.terms * push.inner + (result - outer * push.inner);
  const uint lane = gl_LocalInvocationID.x;
  float largest = uintBitsToFloat(0xff800000u);
  for (uint i = lane_row(); i < end; i += kRows) {
    const float value = x[OFFSET(0) + start + i * push.inner];
    largest = value > largest || betwixt_is_nan(value) ? value : largest;
  }
  lanes[lane] = largest;
  barrier();
  for (uint rows = kRows / 2u; rows > 0u; rows /= 2u) {
    if (lane_row() < rows) {
      const float other = lanes[lane + rows * lane_step()];
      if (other > lanes[lane] || betwixt_is_nan(other)) lanes[lane] = other;
    }
    barrier();
  }
  const uint head = lane - lane_row() * lane_step();
  largest = lanes[head];
  barrier();
  float sum = 0.0;
  for (uint i = lane_row(); i < end; i += kRows) sum += betwixt_exp(x[OFFSET(0) + start + i * push.inner] - largest);
  lanes[lane] = sum;
  barrier();
  for (uint rows = kRows / 2u; rows > 0u; rows /= 2u) {
    if (lane_row() < rows) lanes[lane] += lanes[lane + rows * lane_step()];
    barrier();
  }
  sum = lanes[head];
  const float shift = kLog != 0u ? betwixt_log(sum) : 1.0 / sum;
  for (uint i = lane_row(); i < end; i += kRows) {
    const uint at = start + i * push.inner;
    const float distance = x[OFFSET(0) + at] - largest;
    y[OFFSET(1) + at] = kLog != 0u ? distance - shift : betwixt_exp(distance) * shift;
  }
}
