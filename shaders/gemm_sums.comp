// SPDX-License-Identifier: MIT
// gemm.comp with tap rows, the gradient of weights, and besides it the sums of its right side's columns over all pixels:
// the gradient of a bias. A shader of its own, because slot 2 is written here and read there.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : enable
#include "common/betwixt.glsl"
#include "common/storage.glsl"
#include "common/math.glsl"
#include "common/activation.glsl"
#include "common/activation_grad.glsl"
#include "common/conv_axis.glsl"
#define BETWIXT_COLUMN_SUMS
#include "common/gemm.glsl"
