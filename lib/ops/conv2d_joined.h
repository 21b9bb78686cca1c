// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "betwixt/ops/conv2d.h"
#include "betwixt/tensor/tensor.h"

namespace betwixt {

/// One of the pictures a joined convolution sees.
struct JoinedPicture {
  Tensor x;          ///< [n, h, w, c]
  int upsample = 1;  ///< enlarged this many times (nearest neighbour) before it is joined
};

/// The convolution of pictures joined along their channels,
///   conv2d(concat({upsampled(pictures[0]), upsampled(pictures[1]), ...}, 3), weight, bias, options),
/// computed as a sum of one convolution per picture: nothing is joined, and enlarged pictures are never made. A step of
/// a U-Net's decoder costs five eighths of the multiply-adds that way.
///   pictures  one or more; enlarged they have one height and width
///   weight    [kh, kw, sum of their channels, out]
/// Without groups. Differentiable any number of times. E_ARGUMENT for no picture, groups or options.upsample above 1;
/// E_SHAPE when channels or sizes do not fit.
Tensor conv2d_joined(const std::vector<JoinedPicture>& pictures, const Tensor& weight, const Tensor& bias = {},
                     const Conv2dOptions& options = {});

}  // namespace betwixt
