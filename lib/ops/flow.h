// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "betwixt/tensor/tensor.h"

namespace betwixt {

// Flow fields [n,h,w,2] as `warp` takes them: for every result pixel how far to look to the right and down, in pixels.
// f32 and f64; made of other ops. E_SHAPE when a tensor is no flow.

/// The same motion at another size: resized linearly (half-pixel centres), displacements scaled by width and height.
/// Differentiable any number of times.
Tensor flow_resize(const Tensor& flow, std::int64_t height, std::int64_t width);

/// One flow for two warps: warp(image, flow_compose(a, b)) is about warp(warp(image, a), b). That is
/// b(p) + a(p + b(p)), with `a` continued by its border. Differentiable in both.
Tensor flow_compose(const Tensor& a, const Tensor& b);

/// The flow g with flow_compose(flow, g) about 0, by `iterations` steps of g <- -flow(p + g(p)) from g = -flow
/// (Chen, Lu, Chen, Ruan and Wang 2008). It converges where the flow changes by less than one pixel per pixel, each
/// step gaining that factor; elsewhere (folds, occlusions) the result is bounded but no inverse. Differentiable, at the
/// cost of every step. E_ARGUMENT for iterations below 0.
Tensor flow_invert(const Tensor& flow, int iterations = 8);

// Penalties: one number (rank 0) of x [n,h,w,c], for flows, masks and pictures. Differences are those between
// horizontal and between vertical neighbours; each mean is 0 where there are none.

/// Mean |horizontal difference| + mean |vertical difference| (anisotropic total variation; Rudin, Osher, Fatemi 1992).
/// `epsilon` above 0 rounds the corner: sqrt(d^2 + epsilon^2) - epsilon.
Tensor total_variation(const Tensor& x, double epsilon = 0);

/// Mean squared horizontal difference + mean squared vertical difference (Horn and Schunck 1981).
Tensor smoothness(const Tensor& x);

}  // namespace betwixt
