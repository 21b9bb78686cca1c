// SPDX-License-Identifier: MIT
// gemm_join.comp for the parts that gemm_sums.comp leaves: the sums of columns, behind the product's parts, are joined as
// well. They go to slot 1.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/storage.glsl"
#include "common/math.glsl"
#include "common/activation.glsl"
#include "common/activation_grad.glsl"
#include "common/conv_axis.glsl"
#define BETWIXT_COLUMN_SUMS
#include "common/gemm_join.glsl"
