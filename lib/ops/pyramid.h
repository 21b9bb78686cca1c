// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "betwixt/tensor/tensor.h"

namespace betwixt {

// Laplacian pyramids of pictures [n,h,w,c] (Burt and Adelson 1983): f32 or f64, any size from 1 by 1 on, odd ones too,
// linear, differentiable any number of times. The filter is [1 4 6 4 1] / 16 along both axes, mirrored at the centres
// of the border pixels. E_SHAPE when x is not of rank 4 or is empty, E_DTYPE.

/// Smooths; same size.
Tensor blur(const Tensor& x);

/// Smooths and keeps the even rows and columns: [n,h,w,c] -> [n,(h+1)/2,(w+1)/2,c].
Tensor pyramid_down(const Tensor& x);

/// Puts zeros between the pixels and smooths with twice the filter: [n,h,w,c] -> [n,height,width,c]. `height` is 2 h or
/// 2 h - 1, `width` likewise, else E_SHAPE. An axis that keeps its single pixel is left alone: constants stay constant.
Tensor pyramid_up(const Tensor& x, std::int64_t height, std::int64_t width);

/// A picture taken apart into detail and a smaller picture.
struct PyramidLevel {
  Tensor laplacian;  ///< [n,h,w,c]: x - pyramid_up(coarser)
  Tensor coarser;    ///< pyramid_down(x), of shape [n,(h+1)/2,(w+1)/2,c]
};

/// One level taken off, in one pass over the picture on the CPU.
PyramidLevel pyramid_level(const Tensor& x);

/// laplacian + pyramid_up(coarser): puts a level back. `coarser` of h by w fits a `laplacian` of 2 h or 2 h - 1 rows
/// and 2 w or 2 w - 1 columns.
Tensor pyramid_collapse(const Tensor& laplacian, const Tensor& coarser);

/// `levels` Laplacians, finest first, and what remains: levels + 1 tensors. E_ARGUMENT for levels below 0.
std::vector<Tensor> laplacian_pyramid(const Tensor& x, int levels);
/// The picture of a Laplacian pyramid. E_ARGUMENT for an empty one.
Tensor pyramid_collapse(const std::vector<Tensor>& pyramid);

/// x and `levels` times pyramid_down: levels + 1 tensors, finest first.
std::vector<Tensor> gaussian_pyramid(const Tensor& x, int levels);

}  // namespace betwixt
