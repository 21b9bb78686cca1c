// SPDX-License-Identifier: MIT
#pragma once

#include <array>

#include "betwixt/tensor/tensor.h"

namespace betwixt {

/// Windows of max_pool and avg_pool; pairs are {vertical, horizontal}.
struct PoolOptions {
  std::array<int, 2> kernel{2, 2};   ///< window size, 1 or more
  std::array<int, 2> stride{0, 0};   ///< step between windows; 0 means as the kernel
  std::array<int, 2> padding{0, 0};  ///< on both sides, at most half the kernel
  /// Rounds the number of windows up instead of down, so that a ragged border is not lost. A window that would start
  /// beyond the picture and its leading padding is dropped.
  bool ceil_mode = false;
  /// avg_pool: padding counts as zeros in the mean. Otherwise the mean is over the pixels inside the picture.
  bool count_include_pad = true;
};

/// Largest value of every window; padding never wins. A NaN in the window is passed on.
///   x [n,h,w,c]  ->  [n,oh,ow,c],  oh = floor((h + 2 padding - kernel) / stride) + 1
/// The gradient goes to the first (row by row) largest element of each window. It may be differentiated again with
/// respect to the incoming gradient; with respect to `x` that second derivative is zero.
/// E_SHAPE when x is not of rank 4 or a window does not fit, E_ARGUMENT for impossible options.
Tensor max_pool(const Tensor& x, const PoolOptions& options = {});

/// Mean of every window, same shapes and errors as max_pool. Linear, differentiable any number of times.
Tensor avg_pool(const Tensor& x, const PoolOptions& options = {});

}  // namespace betwixt
