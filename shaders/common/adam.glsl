// SPDX-License-Identifier: MIT
// Adam's formulas, in one place: the same bits whichever dispatches compute them. Scalars are those that
// optimizer_prepare.comp leaves: learning rate, enable, 1 / sqrt(1 - beta2^t), factor by which parameters shrink.
#ifndef BETWIXT_ADAM_GLSL
#define BETWIXT_ADAM_GLSL

float adam_first(float before, float g, float beta, float share) { return beta * before + share * g; }
float adam_second(float before, float g, float beta, float share) { return beta * before + share * (g * g); }
float adam_divisor(float second, vec4 scalars, float epsilon) { return sqrt(second) * scalars.z + epsilon; }
float adam_parameter(float before, float first, float divisor, vec4 scalars) {
  return scalars.w * before - scalars.x * first / divisor;
}

#endif
