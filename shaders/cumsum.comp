// SPDX-License-Identifier: MIT
// Running sums along one axis. The lanes of a column (common/lanes.glsl) take kRows neighbours at a time, sum them in a
// tree and carry the total on, with its rounding error.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/lanes.glsl"

layout(constant_id = 3) const uint kExclusive = 0;
layout(constant_id = 4) const uint kReverse = 0;

PUSH_BEGIN
  uint results;  // rows to sum
  uint terms;    // elements of one
  uint inner;    // distance between them; so many rows lie side by side
PUSH_END
READ(0, float, x)
WRITE(1, float, y)

shared float lanes[128];

void main() {
  const uint result = linear_group() * lane_columns() + lane_column();
  const bool valid = result < push.results;
  const uint outer = result / push.inner;
  const uint start = outer * push.terms * push.inner + (result - outer * push.inner);
  const uint lane = gl_LocalInvocationID.x;
  const uint head = lane - lane_row() * lane_step();
  float carry = 0.0;
  float lost = 0.0;  // what rounding took from the carry
  for (uint base = 0u; base < push.terms; base += kRows) {
    const uint term = base + lane_row();
    const bool inside = valid && term < push.terms;
    const uint at = inside ? start + (kReverse != 0u ? push.terms - 1u - term : term) * push.inner : 0u;
    float value = 0.0;
    if (inside) value = x[OFFSET(0) + at];
    lanes[lane] = value;
    barrier();
    for (uint distance = 1u; distance < kRows; distance *= 2u) {
      float more = 0.0;
      if (lane_row() >= distance) more = lanes[lane - distance * lane_step()];
      barrier();
      lanes[lane] += more;
      barrier();
    }
    float before = 0.0;
    if (lane_row() > 0u) before = lanes[lane - lane_step()];
    const float own = kExclusive != 0u ? before : lanes[lane];
    if (inside) y[OFFSET(1) + at] = carry + (lost + own);
    const float total = lanes[head + (kRows - 1u) * lane_step()];
    precise const float next = carry + total;
    precise const float part = next - carry;
    precise const float rest = (carry - (next - part)) + (total - part);
    carry = next;
    lost += rest;
    barrier();
  }
}
