// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "betwixt/ops/activation.h"
#include "betwixt/tensor/tensor.h"

namespace betwixt {

/// Rows and columns of zeros around a picture.
struct Padding {
  /// The same on every side.
  constexpr Padding(int all = 0)  // NOLINT(google-explicit-constructor): `.padding = 1` means every side
      : top(all), bottom(all), left(all), right(all) {}
  /// Each side by itself.
  constexpr Padding(int top_rows, int bottom_rows, int left_columns, int right_columns)
      : top(top_rows), bottom(bottom_rows), left(left_columns), right(right_columns) {}

  int top;     ///< rows of zeros above the picture
  int bottom;  ///< rows of zeros below it
  int left;    ///< columns of zeros before it
  int right;   ///< columns of zeros after it

  /// Side by side.
  friend bool operator==(const Padding&, const Padding&) = default;
};

/// How a convolution is computed.
struct Conv2dOptions {
  int stride = 1;        ///< 1 to 32
  Padding padding = {};  ///< of the picture, after upsampling
  int dilation = 1;      ///< distance between the kernel's taps
  int groups = 1;        ///< channels are cut into this many groups that do not see each other
  /// The picture is first enlarged this many times (nearest neighbour), 1 to 16. The same as
  /// conv2d(resize_nearest(x, ...)), but computed on the small picture with summed weights.
  int upsample = 1;
  ActivationOptions activation = {};  ///< applied after the bias

  /// Option by option.
  friend bool operator==(const Conv2dOptions&, const Conv2dOptions&) = default;
};

/// Cross-correlation (what deep learning calls convolution), plus bias, through an activation.
///   x       [n, h, w, in]
///   weight  [kh, kw, in / groups, out]
///   bias    [out], or undefined for none
///   result  [n, oh, ow, out],  oh = floor((upsample * h + top + bottom - dilation * (kh - 1) - 1) / stride) + 1
/// f32 and f64; differentiable any number of times in x, weight and bias. On the CPU, 3 x 3 taps of step 1 between 32
/// channels or more are multiplied by Winograd's F(2 x 2, 3 x 3) in f32 (Lavin and Gray, arXiv 1509.09308).
/// Errors: E_SHAPE when shapes do not fit, E_DTYPE, E_ARGUMENT for impossible options, E_LIMIT for kernels of more than
/// 64 taps along a side (32 with upsampling by two).
Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias = {}, const Conv2dOptions& options = {});

/// The gradient of conv2d in its input: for dy [n, oh, ow, out] the picture [n, height, width, in] with
/// sum(conv2d(x, weight) * dy) = sum(x * result) for every x. Options' activation is not used. Linear in both.
Tensor conv2d_grad_input(const Tensor& dy, const Tensor& weight, const Conv2dOptions& options, std::int64_t height,
                         std::int64_t width);

/// The gradient of conv2d in its weight, [kernel_height, kernel_width, in / groups, out]. Linear in x and dy. Summed in
/// fixed parts in a fixed order: the same bits for any number of threads.
Tensor conv2d_grad_weight(const Tensor& x, const Tensor& dy, const Conv2dOptions& options, std::int64_t kernel_height,
                          std::int64_t kernel_width);

}  // namespace betwixt
