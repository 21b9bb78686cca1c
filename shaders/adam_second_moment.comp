// SPDX-License-Identifier: MIT
// Adam's second moment, and the divisor of the step, sqrt(v) * correction + epsilon, in scratch.
#version 450
#extension GL_GOOGLE_include_directive : require
#define BETWIXT_DIVISORS
#include "common/betwixt.glsl"
#include "common/adam.glsl"
#include "common/adam_moment.glsl"
