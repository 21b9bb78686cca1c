// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/tensor/tensor.h"

namespace betwixt {

// Pictures [n,h,w,c] mixed by a mask [n,h,w,1] (one number a pixel) or [n,h,w,c], or anything that broadcasts to the
// picture. f32 and f64, differentiable in every input any number of times; made of other ops. E_SHAPE, E_DTYPE.

/// mask * x + (1 - mask) * y: equation 4 of Ganin et al. (DeepWarp, ECCV 2016).
Tensor blend(const Tensor& x, const Tensor& y, const Tensor& mask);

/// mask * x + (1 - mask) * (A x + b) for every pixel x: equation 3 of the same paper. A mask of 1 keeps the picture.
///   x [n,h,w,c]   matrix A [n,c,c], one for each picture   bias b [n,c]   mask [n,h,w,1]
Tensor recolor(const Tensor& x, const Tensor& matrix, const Tensor& bias, const Tensor& mask);

}  // namespace betwixt
