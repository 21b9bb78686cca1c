// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "betwixt/image/images.h"
#include "betwixt/tensor/state.h"

namespace betwixt {

/// Pictures of one size as floats in host memory, [n, h, w, c] as Images: for levels of a pyramid, masks (one channel),
/// flows (two) and colours outside 8 bits. Pictures that come from 8 bits lie in [0, 1].
struct FloatImages {
  std::int64_t count = 0;     ///< pictures
  int height = 0;             ///< pixels
  int width = 0;              ///< pixels
  int channels = 0;           ///< numbers a pixel
  std::vector<float> values;  ///< count x height x width x channels numbers, dense, row by row

  FloatImages() = default;
  /// Filled with `value`. E_ARGUMENT for sizes below 0.
  FloatImages(std::int64_t n, int h, int w, int c, float value = 0);

  /// Numbers in one picture.
  std::size_t picture_size() const { return static_cast<std::size_t>(height) * width * channels; }
  /// All channels of a pixel; nothing is checked.
  std::span<float> pixel(std::int64_t n, int y, int x) { return {values.data() + offset(n, y, x), channel_count()}; }
  std::span<const float> pixel(std::int64_t n, int y, int x) const {
    return {values.data() + offset(n, y, x), channel_count()};
  }
  Shape shape() const { return {count, height, width, channels}; }

 private:
  std::size_t channel_count() const { return static_cast<std::size_t>(channels); }
  std::size_t offset(std::int64_t n, int y, int x) const {
    return static_cast<std::size_t>(n) * picture_size() +
           (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)) *
               channel_count();
  }
};

/// 0 ... 255 becomes 0 ... 1.
FloatImages to_floats(const Images& images);
/// 0 ... 1 becomes 0 ... 255, rounded; what is outside, or NaN, becomes the nearer end (NaN: 0).
Images to_bytes(const FloatImages& images);

/// Only the named channels, in that order: {3} is the alpha of RGBA pictures. E_ARGUMENT for channels that are not
/// there.
FloatImages select_channels(const FloatImages& images, std::span<const int> channels);

/// The pictures as a state of a device, f32 [n,h,w,c], for programs: `read(upload(...))` is the tensor.
State upload(const Device& device, const FloatImages& images);
/// A tensor [n,h,w,c] computed once on a device.
FloatImages compute(const Device& device, const Tensor& tensor);

}  // namespace betwixt
