// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "betwixt/tensor/tensor.h"

namespace betwixt {

/// What a picture holds outside itself.
enum class Border : std::uint8_t {
  kZero,     ///< 0 0 | a b c | 0 0 : MNIST-like pictures
  kClamp,    ///< a a | a b c | c c : photographs
  kReflect,  ///< c b | a b c | b a : the border pixel is not repeated
};

/// How a picture is warped.
struct WarpOptions {
  Border border = Border::kClamp;  ///< what is seen outside the picture
};

/// Moves pixels by a flow field (backward warping): result pixel (x, y) is `image` at (x + flow_x, y + flow_y), linear
/// between the four neighbours. This is equation 2 of Ganin, Kononenko, Sungatullina and Lempitsky (DeepWarp, ECCV
/// 2016).
///   image [n,h,w,c]   flow [n,oh,ow,2]: how far to look to the right and down, in pixels   ->   [n,oh,ow,c]
/// Any flow is safe: displacements are limited to +-2^23 pixels before they become integers, NaN counts as -2^23.
///
/// f32 and f64, differentiable in both inputs; the flow gradient where a sample falls on a pixel centre is the one
/// towards larger coordinates. The gradient with respect to the image is differentiable again; differentiating the
/// gradient with respect to the flow (op warp_grad_flow) is refused by name.
/// E_SHAPE when the shapes do not fit, a size is 0 or a side is longer than 2^23 pixels; E_DTYPE.
Tensor warp(const Tensor& image, const Tensor& flow, const WarpOptions& options = {});

}  // namespace betwixt
