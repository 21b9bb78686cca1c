// SPDX-License-Identifier: MIT
// Matrix products, convolutions and their gradients: one blocked product with the rows of its left side gathered from a
// picture while it runs (implicit GEMM).
//   pixel rows:  rows are result pixels, the depth is taps x channels   (conv2d, its input gradient, transposed, dense)
//   tap rows:    rows are taps x channels, the depth is result pixels   (weight gradient, products with a transposed)
// A workgroup computes one tile of one phase and group, over one part of the depth. Both sides are copied to shared
// memory 16 terms at a time; the next terms are fetched while these are multiplied.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : enable
#include "common/betwixt.glsl"
#include "common/storage.glsl"
#include "common/math.glsl"
#include "common/activation.glsl"
#include "common/activation_grad.glsl"
#include "common/conv_axis.glsl"
#include "common/gemm.glsl"
