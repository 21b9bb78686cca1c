// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/image/images.h"
#include "betwixt/tensor/state.h"

namespace betwixt {

/// Pictures resident on a device as u8; programs gather batches from it, so that nothing crosses the bus while
/// training. A handle; copies mean the same pixels.
class DataSet {
 public:
  DataSet() = default;
  /// Copies the pictures to the device. E_ARGUMENT for an empty set.
  DataSet(const Device& device, const Images& images);

  /// Number of pictures.
  std::int64_t count() const { return pixels_.type().shape[0]; }
  /// [h, w, c] of one picture.
  Shape picture_shape() const;
  const State& pixels() const { return pixels_; }

  /// The pictures named by `indices` (u32 or i32 [b]) as floats in [0, 1]: [b, h, w, c].
  Tensor batch(const Tensor& indices, DType dtype = DType::kF32) const;

  /// Mean and variance over all pixels of each channel, in [0, 1]: what an output layer starts from.
  const std::vector<double>& channel_means() const { return means_; }
  /// Mean squared distance of the pictures to their mean picture: what a model that has learned nothing reaches.
  double variance() const { return variance_; }

 private:
  State pixels_;
  std::vector<double> means_;
  double variance_ = 0;
};

}  // namespace betwixt
