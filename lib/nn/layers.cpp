// SPDX-License-Identifier: MIT
#include "betwixt/nn/layers.h"

#include "betwixt/ops/binary.h"
#include "betwixt/ops/conv2d.h"
#include "betwixt/ops/conv2d_transpose.h"
#include "betwixt/ops/dense.h"
#include "betwixt/ops/norm.h"
#include "betwixt/ops/reshape.h"
#include "betwixt/ops/spectral_norm.h"
#include "betwixt/ops/unary.h"

namespace betwixt {
namespace {

Tensor optional_parameter(Pass& pass, const Parameters& set, int index) {
  return index < 0 ? Tensor() : pass.parameter(set, index);
}

ParameterSpec spec(std::string name, const Shape& shape, const Initializer& initializer, WeightLayout layout) {
  ParameterSpec result;
  result.name = std::move(name);
  result.shape = shape;
  result.initializer = initializer;
  result.layout = layout;
  return result;
}

/// What a power iteration starts from.
State add_left_vector(Parameters& parameters, const std::string& name, std::int64_t out) {
  return parameters.add_buffer(name + ".weight_u", {out}, Initializer::normal(1));
}

/// The weight as the layer uses it; `left` is undefined without spectral norm.
Tensor effective_weight(Pass& pass, const Tensor& weight, const State& left) {
  if (!left.defined()) return weight;
  const bool moves = pass.training() && pass.update_statistics();
  const SpectralNormResult result = spectral_norm(weight, pass.value(left), {.iterations = moves ? 1 : 0});
  if (moves) pass.update(left, result.left);
  return result.weight;
}

}  // namespace

Conv2d::Conv2d(Parameters parameters, const std::string& name, std::int64_t in, std::int64_t out,
               const ConvLayerOptions& options)
    : parameters_(std::move(parameters)), options_(options) {
  const std::int64_t per_group = in / options.groups;
  const std::int64_t fan_in = per_group * options.kernel * options.kernel;
  const Initializer start = Initializer::fan_in_uniform(fan_in);
  weight_ = parameters_.add(spec(name + ".weight", {options.kernel, options.kernel, per_group, out},
                                 options.weight_start.value_or(start), WeightLayout::kConv));
  if (options.bias)
    bias_ = parameters_.add(spec(name + ".bias", {out}, options.bias_start.value_or(start), WeightLayout::kPlain));
  if (options.spectral_norm) left_ = add_left_vector(parameters_, name, out);
}

Tensor Conv2d::operator()(Pass& pass, const Tensor& x) const {
  return conv2d(x, effective_weight(pass, pass.parameter(parameters_, weight_), left_),
                optional_parameter(pass, parameters_, bias_),
                {.stride = options_.stride,
                 .padding = options_.padding,
                 .dilation = options_.dilation,
                 .groups = options_.groups,
                 .upsample = options_.upsample,
                 .activation = options_.activation});
}

ConvTranspose2d::ConvTranspose2d(Parameters parameters, const std::string& name, std::int64_t in, std::int64_t out,
                                 const ConvLayerOptions& options)
    : parameters_(std::move(parameters)), options_(options) {
  const std::int64_t per_group = out / options.groups;
  // PyTorch counts the fan-in of a transposed convolution over its second axis, the output channels.
  const Initializer start = Initializer::fan_in_uniform(per_group * options.kernel * options.kernel);
  weight_ = parameters_.add(spec(name + ".weight", {options.kernel, options.kernel, in, per_group},
                                 options.weight_start.value_or(start), WeightLayout::kConvTranspose));
  if (options.bias)
    bias_ = parameters_.add(spec(name + ".bias", {out}, options.bias_start.value_or(start), WeightLayout::kPlain));
}

Tensor ConvTranspose2d::operator()(Pass& pass, const Tensor& x) const {
  return conv2d_transpose(x, pass.parameter(parameters_, weight_), optional_parameter(pass, parameters_, bias_),
                          {.stride = options_.stride,
                           .padding = options_.padding,
                           .output_padding = options_.output_padding,
                           .dilation = options_.dilation,
                           .groups = options_.groups,
                           .activation = options_.activation});
}

Dense::Dense(Parameters parameters, const std::string& name, std::int64_t in, std::int64_t out,
             const DenseLayerOptions& options)
    : parameters_(std::move(parameters)), options_(options) {
  const Initializer start = Initializer::fan_in_uniform(in);
  ParameterSpec weight = spec(name + ".weight", {in, out}, options.weight_start.value_or(start), WeightLayout::kDense);
  weight.flattened_input = options.flattened_input;
  weight.flattened_output = options.flattened_output;
  weight_ = parameters_.add(std::move(weight));
  if (options.spectral_norm) left_ = add_left_vector(parameters_, name, out);
  if (!options.bias) return;
  ParameterSpec bias = spec(name + ".bias", {out}, options.bias_start.value_or(start), WeightLayout::kPlain);
  bias.flattened_output = options.flattened_output;
  bias_ = parameters_.add(std::move(bias));
}

Tensor Dense::operator()(Pass& pass, const Tensor& x) const {
  return dense(x, effective_weight(pass, pass.parameter(parameters_, weight_), left_),
               optional_parameter(pass, parameters_, bias_), {.activation = options_.activation});
}

BatchNorm::BatchNorm(Parameters parameters, const std::string& name, std::int64_t channels,
                     const BatchNormLayerOptions& options)
    : parameters_(std::move(parameters)), options_(options) {
  ParameterSpec scale = spec(name + ".weight", {channels}, Initializer::ones(), WeightLayout::kPlain);
  ParameterSpec shift = spec(name + ".bias", {channels}, Initializer::zeros(), WeightLayout::kPlain);
  scale.flattened_output = shift.flattened_output = options.flattened;
  scale_ = parameters_.add(std::move(scale));
  shift_ = parameters_.add(std::move(shift));
  running_mean_ = parameters_.add_buffer(name + ".running_mean", {channels}, Initializer::zeros(), options.flattened);
  running_variance_ = parameters_.add_buffer(name + ".running_var", {channels}, Initializer::ones(), options.flattened);
}

Tensor BatchNorm::operator()(Pass& pass, const Tensor& x) const {
  const Tensor& scale = pass.parameter(parameters_, scale_);
  const Tensor& shift = pass.parameter(parameters_, shift_);
  const Tensor mean = pass.value(running_mean_);
  const Tensor variance = pass.value(running_variance_);
  if (!pass.training())
    return batch_norm_inference(x, scale, shift, mean, variance,
                                {.epsilon = options_.epsilon, .activation = options_.activation});
  const BatchNormResult result =
      batch_norm(x, scale, shift, {.epsilon = options_.epsilon, .activation = options_.activation});
  if (!pass.update_statistics()) return result.y;
  // PyTorch keeps the unbiased variance for inference.
  const double count = static_cast<double>(x.shape().elements()) / static_cast<double>(scale.shape().elements());
  const double unbiased = count > 1 ? count / (count - 1) : 1;
  const double m = options_.momentum;
  pass.update(running_mean_, mean * (1 - m) + result.mean * m);
  pass.update(running_variance_, variance * (1 - m) + result.variance * (m * unbiased));
  return result.y;
}

Sequential& Sequential::add(Module module) {
  ++next_;
  modules_.push_back(std::move(module));
  return *this;
}

Sequential& Sequential::skip(int count) {
  next_ += count;
  return *this;
}

Tensor Sequential::operator()(Pass& pass, const Tensor& x) const {
  Tensor value = x;
  for (const Module& module : modules_) value = module(pass, value);
  return value;
}

}  // namespace betwixt
