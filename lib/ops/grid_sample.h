// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "betwixt/tensor/tensor.h"

namespace betwixt {

enum class GridMode : std::uint8_t {
  kNearest,  ///< halves go to the even pixel; no gradient to the grid
  kBilinear,
  kBicubic,  ///< cubic convolution with a = -0.75 (Keys 1981)
};

/// What a picture holds outside itself.
enum class GridPadding : std::uint8_t {
  kZeros,
  kBorder,      ///< the nearest pixel
  kReflection,  ///< mirrored at the centres of the border pixels (align_corners) or at their outer edges
};

/// How a picture is sampled.
struct GridSampleOptions {
  GridMode mode = GridMode::kBilinear;        ///< between the pixels
  GridPadding padding = GridPadding::kZeros;  ///< outside the picture
  /// -1 and 1 are the centres of the first and last pixels; otherwise the outer edges of the picture.
  bool align_corners = false;
};

/// Samples pictures at points: torch.nn.functional.grid_sample in this library's layout.
///   x [n,h,w,c]   grid [n,oh,ow,2]: x, then y, in [-1, 1]   ->   [n,oh,ow,c]
/// Positions are limited to +-2^23 pixels before they become integers, NaN counts as -2^23.
///
/// f32 and f64, differentiable in both inputs. The gradient with respect to x is differentiable again; differentiating
/// the gradient with respect to the grid (op grid_sample_grad_grid) is refused by name.
/// E_SHAPE when the shapes do not fit, a size is 0 or a side is longer than 2^23 pixels; E_DTYPE.
Tensor grid_sample(const Tensor& x, const Tensor& grid, const GridSampleOptions& options = {});

/// The grid of an affine map, for grid_sample: torch.nn.functional.affine_grid. Result point (column, row) is
/// theta * (x, y, 1) with x and y that point's place in [-1, 1].
///   theta [n,2,3]   ->   [n,height,width,2]
/// f32 and f64, differentiable any number of times. E_SHAPE.
Tensor affine_grid(const Tensor& theta, std::int64_t height, std::int64_t width, bool align_corners = false);

}  // namespace betwixt
