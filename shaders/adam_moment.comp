// SPDX-License-Identifier: MIT
// Adam's first moment. Where moments are updated in place, adam_moments.comp does both at once.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/adam.glsl"
#include "common/adam_moment.glsl"
