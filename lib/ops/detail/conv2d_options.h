// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "betwixt/ops/conv2d.h"
#include "betwixt/tensor/tensor.h"

// What the nodes of conv2d, conv2d_grad_input, conv2d_grad_weight and conv2d_transpose carry. The last is
// conv2d_grad_input with a bias and an activation: all are one bilinear map between a picture, weights and a result.

namespace betwixt {

/// All sizes are those of the convolution: `in` is its input (the result of a transposed convolution).
struct Conv2dNode {
  Conv2dOptions conv;
  std::int64_t height = 0, width = 0;  ///< of the input, before upsampling
  std::int64_t kernel_height = 0, kernel_width = 0;
  std::int64_t in = 0, out = 0;  ///< channels
  /// Weights are [kh, kw, out, in / groups] (as conv2d_transpose has them) instead of [kh, kw, in / groups, out].
  bool transposed_weight = false;
};

namespace detail {

/// Throws when options or sizes are impossible; `operation` names the op.
void check_conv2d(const char* operation, const Conv2dNode& node);
/// Height or width of the result.
std::int64_t conv2d_output(std::int64_t size, std::int64_t kernel, int before, int after, const Conv2dOptions& options);
Shape conv2d_weight_shape(const Conv2dNode& node);

// The three maps, for gradient rules. They keep the node's layout of weights and drop its activation.
Tensor conv2d_map(const Tensor& x, const Tensor& weight, Conv2dNode node);
Tensor conv2d_input_map(const Tensor& dy, const Tensor& weight, Conv2dNode node);
Tensor conv2d_weight_map(const Tensor& x, const Tensor& dy, Conv2dNode node);

/// A vector [c] from the sum over all other axes.
Tensor channel_sum(const Tensor& x);
/// Whether the node is `channel_sum(x)`.
bool is_channel_sum(const Node& sum, const Tensor& x);

}  // namespace detail
}  // namespace betwixt
