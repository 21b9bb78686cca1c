// SPDX-License-Identifier: MIT
#include "betwixt/nn/tied_layers.h"

#include "betwixt/core/error.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/conv2d_transpose.h"
#include "betwixt/ops/matmul.h"
#include "betwixt/ops/transpose.h"
#include "betwixt/ops/unary.h"

namespace betwixt {
namespace {

int add_bias(Parameters parameters, const std::string& name, std::int64_t size,
             const std::optional<Initializer>& start) {
  ParameterSpec spec;
  spec.name = name + ".bias";
  spec.shape = {size};
  spec.initializer = start.value_or(Initializer::zeros());
  return parameters.add(std::move(spec));
}

const Shape& weight_shape(const Parameters& parameters, int weight) {
  return parameters.specs().at(static_cast<std::size_t>(weight)).shape;
}

}  // namespace

TiedDense::TiedDense(const Dense& layer, const std::string& name, const DenseLayerOptions& options)
    : layer_(layer), options_(options) {
  const std::int64_t in = weight_shape(layer.parameters(), layer.weight())[0];
  if (options.bias) bias_ = add_bias(layer.parameters(), name, in, options.bias_start);
}

Tensor TiedDense::operator()(Pass& pass, const Tensor& x) const {
  const Parameters& set = layer_.parameters();
  Tensor y = matmul(x, pass.parameter(set, layer_.weight()), {.transpose_b = true});
  if (bias_ >= 0) y = y + pass.parameter(set, bias_);
  return activate(y, options_.activation);
}

TiedConvTranspose2d::TiedConvTranspose2d(const Conv2d& layer, const std::string& name, const ConvLayerOptions& options)
    : layer_(layer), options_(options) {
  if (layer.options().groups != 1 || layer.options().upsample != 1)
    throw Error(ErrorCode::kArgument, "tied convolution", "of a convolution with %d groups and upsampling by %d",
                layer.options().groups, layer.options().upsample);
  const std::int64_t in = weight_shape(layer.parameters(), layer.weight())[2];
  if (options.bias) bias_ = add_bias(layer.parameters(), name, in, options.bias_start);
}

Tensor TiedConvTranspose2d::operator()(Pass& pass, const Tensor& x) const {
  const Parameters& set = layer_.parameters();
  const ConvLayerOptions& forward = layer_.options();
  const Tensor weight = transpose(pass.parameter(set, layer_.weight()), {0, 1, 3, 2});
  return conv2d_transpose(x, weight, bias_ < 0 ? Tensor() : pass.parameter(set, bias_),
                          {.stride = forward.stride,
                           .padding = forward.padding,
                           .output_padding = options_.output_padding,
                           .dilation = forward.dilation,
                           .activation = options_.activation});
}

}  // namespace betwixt
