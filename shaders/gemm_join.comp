// SPDX-License-Identifier: MIT
// Adds up the parts of a product that was cut along its depth (gemm.comp), in order, then bias and activation. With
// kFolded the parts are weight gradients of an enlarged picture: one for each phase and tap, of which every kernel
// element gets those that it belongs to.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/storage.glsl"
#include "common/math.glsl"
#include "common/activation.glsl"
#include "common/activation_grad.glsl"
#include "common/conv_axis.glsl"
#include "common/gemm_join.glsl"
