// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace betwixt {

/// Weights in PyTorch's order and ours. Ours have channels innermost, as the pictures do; files keep PyTorch's order,
/// so that networks move both ways without a change. `to_pytorch` turns ours into theirs, `from_pytorch` theirs into
/// ours. The values are only moved. Spans of another size than the description says are E_SHAPE.

/// A convolution: ours [kernel_height, kernel_width, in / groups, out], PyTorch's Conv2d.weight
/// [out, in / groups, kernel_height, kernel_width]. A depthwise convolution has groups = in.
struct ConvWeight {
  std::int64_t kernel_height = 1;  ///< taps
  std::int64_t kernel_width = 1;   ///< taps
  std::int64_t in = 1;             ///< channels
  std::int64_t out = 1;            ///< channels
  std::int64_t groups = 1;         ///< divides `in` and `out`

  /// Of our weight: [kernel_height, kernel_width, in / groups, out].
  std::vector<std::int64_t> shape() const;
  /// Of PyTorch's weight: [out, in / groups, kernel_height, kernel_width].
  std::vector<std::int64_t> pytorch_shape() const;
};

std::vector<float> to_pytorch(const ConvWeight& conv, std::span<const float> ours);
std::vector<float> from_pytorch(const ConvWeight& conv, std::span<const float> theirs);

/// A transposed convolution: ours [kernel_height, kernel_width, in / groups, out], PyTorch's ConvTranspose2d.weight
/// [in, out / groups, kernel_height, kernel_width]. `in` counts the channels that go in, as in PyTorch.
struct TransposedConvWeight {
  std::int64_t kernel_height = 1;  ///< taps
  std::int64_t kernel_width = 1;   ///< taps
  std::int64_t in = 1;             ///< channels
  std::int64_t out = 1;            ///< channels
  std::int64_t groups = 1;         ///< divides `in` and `out`

  /// Of our weight: [kernel_height, kernel_width, in / groups, out].
  std::vector<std::int64_t> shape() const;
  /// Of PyTorch's weight: [in, out / groups, kernel_height, kernel_width].
  std::vector<std::int64_t> pytorch_shape() const;
};

std::vector<float> to_pytorch(const TransposedConvWeight& conv, std::span<const float> ours);
std::vector<float> from_pytorch(const TransposedConvWeight& conv, std::span<const float> theirs);

/// A picture flattened to a vector: ours row by row with channels innermost (h, w, c), PyTorch's c, h, w.
/// All zero means a plain vector, that is the same in both.
struct FlattenedPicture {
  std::int64_t height = 0;    ///< of the picture; all zero: none
  std::int64_t width = 0;     ///< of the picture; all zero: none
  std::int64_t channels = 0;  ///< of the picture; all zero: none

  /// Whether it is no picture but a plain vector.
  bool is_plain() const { return height == 0 && width == 0 && channels == 0; }
};

/// A dense layer: ours [in, out], PyTorch's Linear.weight [out, in]. Say with `in_picture` that its input is a
/// flattened picture, with `out_picture` that its output is reshaped to one; then the order of features is converted as
/// well.
struct DenseWeight {
  std::int64_t in = 1;                ///< numbers that go in and come out
  std::int64_t out = 1;               ///< numbers that go in and come out
  FlattenedPicture in_picture = {};   ///< when the input is a flattened picture
  FlattenedPicture out_picture = {};  ///< when the output is a flattened picture

  /// Of our weight.
  std::vector<std::int64_t> shape() const { return {in, out}; }
  /// Of PyTorch's weight.
  std::vector<std::int64_t> pytorch_shape() const { return {out, in}; }
};

std::vector<float> to_pytorch(const DenseWeight& dense, std::span<const float> ours);
std::vector<float> from_pytorch(const DenseWeight& dense, std::span<const float> theirs);

/// A vector with one number for each feature of a flattened picture (bias, batch-norm statistics after a flatten).
std::vector<float> to_pytorch(const FlattenedPicture& picture, std::span<const float> ours);
std::vector<float> from_pytorch(const FlattenedPicture& picture, std::span<const float> theirs);

}  // namespace betwixt
