// SPDX-License-Identifier: MIT
// The scalars of an optimiser step in one place: scratch = learning rate, enable, and for Adam (the rate already
// divided by 1 - beta1^t) 1 / sqrt(1 - beta2^t) and the factor by which parameters shrink. Enable is left out where
// the step reads it itself.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/math.glsl"

layout(constant_id = 1) const uint kAdam = 0;
layout(constant_id = 2) const uint kEnable = 1;

PUSH_BEGIN
  float log_beta1;
  float log_beta2;
  float weight_decay;  // decoupled
PUSH_END
READ(0, float, rate)
READ(1, float, enable)
READ(2, uint, step)
WRITE(3, float, scratch)

// 1 - e^y for y <= 0, accurate near 0.
float one_minus_exp(float y) {
  if (y < -0.5) return 1.0 - betwixt_exp(y);
  float series = 1.0;
  for (float n = 11.0; n > 1.5; n -= 1.0) series = 1.0 + series * y / n;
  return -y * series;
}

void main() {
  if (linear_item() != 0u) return;
  float learning_rate = rate[OFFSET(0)];
  scratch[OFFSET(3) + 1u] = kEnable != 0u ? enable[OFFSET(1)] : 1.0;
  if (kAdam != 0u) {
    const float t = float(step[OFFSET(2)]) + 1.0;
    scratch[OFFSET(3) + 2u] = 1.0 / sqrt(one_minus_exp(t * push.log_beta2));
    scratch[OFFSET(3) + 3u] = 1.0 - learning_rate * push.weight_decay;
    learning_rate /= one_minus_exp(t * push.log_beta1);
  }
  scratch[OFFSET(3)] = learning_rate;
}
