// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "betwixt/tensor/tensor.h"

namespace betwixt {

// Pictures [n,h,w,c] at another height and width, f32 or f64. All are linear in `x` and differentiable any number of
// times. E_SHAPE when x is not of rank 4 or a size is below 1.

/// Repeats or picks pixels: result row i is row floor(i h / height) of x.
Tensor resize_nearest(const Tensor& x, std::int64_t height, std::int64_t width);
/// Enlarges by whole factors: every pixel becomes a block of `factor` by `factor`.
Tensor upsample_nearest(const Tensor& x, int factor = 2);

/// Linear between the four neighbours.
///   align_corners false: pixels are squares, row i looks at (i + 1/2) h / height - 1/2, clamped to the picture
///   align_corners true:  pixels are points, the first and last rows of both pictures coincide: i (h-1) / (height-1)
/// Does not smooth before shrinking; use resize_area for that.
Tensor resize_bilinear(const Tensor& x, std::int64_t height, std::int64_t width, bool align_corners = false);

/// Mean over the area each result pixel covers, fractions of border pixels included: for shrinking. With whole factors
/// this is the mean of blocks.
Tensor resize_area(const Tensor& x, std::int64_t height, std::int64_t width);

}  // namespace betwixt
