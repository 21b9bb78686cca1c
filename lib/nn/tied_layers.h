// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "betwixt/nn/layers.h"

namespace betwixt {

// Weight tying. A layer called twice shares its weights already; these use the weights of another layer the other way
// round, as the decoder of an autoencoder does with those of its encoder. Only the bias is a parameter of their own.

/// Back through a dense layer: [n, out] -> [n, in] with the transposed weight. NAME.bias.
class TiedDense {
 public:
  /// Shares the weight of `layer`, adds NAME.bias to its set.
  TiedDense(const Dense& layer, const std::string& name, const DenseLayerOptions& options = {});
  /// [n, out] -> [n, in], in the terms of the layer it shares.
  Tensor operator()(Pass& pass, const Tensor& x) const;

 private:
  Dense layer_;
  DenseLayerOptions options_;
  int bias_ = -1;
};

/// Back through a convolution: the transposed convolution with its weight, stride, padding and dilation, from its
/// result to its input; `output_padding` of the options where the input's size was not a multiple of the stride.
/// NAME.bias. E_ARGUMENT for a convolution with groups or upsampling.
class TiedConvTranspose2d {
 public:
  /// Shares the weight of `layer`, adds NAME.bias to its set.
  TiedConvTranspose2d(const Conv2d& layer, const std::string& name, const ConvLayerOptions& options = {});
  /// [n, h', w', out] -> [n, h, w, in], in the terms of the layer it shares.
  Tensor operator()(Pass& pass, const Tensor& x) const;

 private:
  Conv2d layer_;
  ConvLayerOptions options_;
  int bias_ = -1;
};

}  // namespace betwixt
