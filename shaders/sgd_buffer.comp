// SPDX-License-Identifier: MIT
// The momentum buffer of stochastic gradient descent, and with Nesterov's method the step itself in scratch.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"

layout(constant_id = 1) const uint kNesterov = 0;

PUSH_BEGIN
  uint count;
  float momentum;
PUSH_END
READ(0, float, old)
READ(1, float, gradient)
WRITE(2, float, buffer_out)
READ_WRITE(3, float, scratch)  // the scalars of optimizer_prepare.comp, then the steps

void main() {
  const uint i = linear_item();
  if (i >= push.count) return;
  const float before = old[OFFSET(0) + i];
  const float g = gradient[OFFSET(1) + i];
  const float after = push.momentum * before + g;
  buffer_out[OFFSET(2) + i] = scratch[OFFSET(3) + 1u] != 0.0 ? after : before;
  if (kNesterov != 0u) scratch[OFFSET(3) + 4u + i] = g + push.momentum * after;
}
