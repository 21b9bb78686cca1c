// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "betwixt/nn/parameters.h"
#include "betwixt/nn/pass.h"
#include "betwixt/ops/activation.h"

namespace betwixt {

// Layers are small values: made once with a parameter set and a name path (PyTorch's: "encoder.0"), called with a Pass
// and a tensor as often as wanted. Calling one twice shares its weights. Weights start as PyTorch's do unless the
// options say otherwise.

/// Anything that maps a tensor to a tensor within a pass: a layer, a lambda, a whole network.
using Module = std::function<Tensor(Pass&, const Tensor&)>;

/// How a convolution is made.
struct ConvLayerOptions {
  int kernel = 3;                     ///< taps along each side
  int stride = 1;                     ///< pixels from one result to the next
  int padding = 0;                    ///< zeros on every side
  int dilation = 1;                   ///< pixels from tap to tap
  int groups = 1;                     ///< divides both numbers of channels
  int upsample = 1;                   ///< 2: the picture is doubled (nearest) before the convolution, at no cost
  int output_padding = 0;             ///< of the transposed convolution
  bool bias = true;                   ///< a number added to each channel
  ActivationOptions activation = {};  ///< applied to the result
  std::optional<Initializer> weight_start = {};  ///< default: PyTorch's
  std::optional<Initializer> bias_start = {};    ///< default: PyTorch's
  /// Divides the weight by its largest singular value (ops/spectral_norm.h), followed by one power iteration per
  /// training step. Buffer NAME.weight_u. Not of the transposed convolution.
  bool spectral_norm = false;
};

/// Convolution: [n, h, w, in] -> [n, h', w', out]; parameters NAME.weight, NAME.bias.
class Conv2d {
 public:
  /// Adds NAME.weight and NAME.bias to the set. E_ARGUMENT for options it cannot have.
  Conv2d(Parameters parameters, const std::string& name, std::int64_t in, std::int64_t out,
         const ConvLayerOptions& options = {});
  /// [n, h, w, in] -> [n, h', w', out].
  Tensor operator()(Pass& pass, const Tensor& x) const;
  /// Index of the weight in `parameters()`.
  int weight() const { return weight_; }
  /// Index of the bias, or -1 without.
  int bias() const { return bias_; }
  /// The set it belongs to.
  const Parameters& parameters() const { return parameters_; }
  /// As it was made.
  const ConvLayerOptions& options() const { return options_; }

 private:
  Parameters parameters_;
  ConvLayerOptions options_;
  int weight_;
  int bias_ = -1;
  State left_;  ///< of the spectral norm
};

/// Transposed convolution: [n, h, w, in] -> [n, (h - 1) stride - 2 padding + kernel + output_padding, ..., out].
class ConvTranspose2d {
 public:
  /// Adds NAME.weight and NAME.bias to the set. E_ARGUMENT for options it cannot have.
  ConvTranspose2d(Parameters parameters, const std::string& name, std::int64_t in, std::int64_t out,
                  const ConvLayerOptions& options = {});
  /// [n, h, w, in] -> [n, h', w', out].
  Tensor operator()(Pass& pass, const Tensor& x) const;
  /// Index of the bias in the set, or -1 without.
  int bias() const { return bias_; }

 private:
  Parameters parameters_;
  ConvLayerOptions options_;
  int weight_;
  int bias_ = -1;
};

/// How a fully connected layer is made.
struct DenseLayerOptions {
  bool bias = true;                              ///< a number added to each output
  ActivationOptions activation = {};             ///< applied to the result
  std::optional<Initializer> weight_start = {};  ///< default: PyTorch's
  std::optional<Initializer> bias_start = {};    ///< default: PyTorch's
  /// The picture [h, w, c] that the input was flattened from, or that the output will be reshaped to: PyTorch orders
  /// its elements [c, h, w], and saved weights are converted. Rank 0 when neither.
  Shape flattened_input = {};
  Shape flattened_output = {};
  bool spectral_norm = false;  ///< as of a convolution
};

/// Fully connected layer: [n, in] -> [n, out].
class Dense {
 public:
  /// Adds NAME.weight and NAME.bias to the set.
  Dense(Parameters parameters, const std::string& name, std::int64_t in, std::int64_t out,
        const DenseLayerOptions& options = {});
  /// [n, in] -> [n, out].
  Tensor operator()(Pass& pass, const Tensor& x) const;
  /// Index of the weight in `parameters()`.
  int weight() const { return weight_; }
  /// The set it belongs to.
  const Parameters& parameters() const { return parameters_; }

 private:
  Parameters parameters_;
  DenseLayerOptions options_;
  int weight_;
  int bias_ = -1;
  State left_;  ///< of the spectral norm
};

/// How a batch normalisation is made.
struct BatchNormLayerOptions {
  double epsilon = 1e-5;              ///< added to the variance
  double momentum = 0.1;              ///< share of the new batch in the running statistics
  ActivationOptions activation = {};  ///< applied to the result
  /// The picture [h, w, c] whose features [n, h * w * c] are normalised one by one, as after a flatten or before a
  /// reshape: saved in PyTorch's order [c, h, w]. Rank 0 when the channels are those of a picture.
  Shape flattened = {};
};

/// Batch normalisation over all but the channel axis. In training the batch's statistics are used and the running ones
/// move (unless the pass says not to); otherwise the running ones are used. Buffers NAME.running_mean, running_var.
class BatchNorm {
 public:
  /// Adds NAME.weight and NAME.bias to the set, and the two buffers.
  BatchNorm(Parameters parameters, const std::string& name, std::int64_t channels,
            const BatchNormLayerOptions& options = {});
  /// [..., channels] -> the same shape.
  Tensor operator()(Pass& pass, const Tensor& x) const;

 private:
  Parameters parameters_;
  BatchNormLayerOptions options_;
  int scale_;
  int shift_;
  State running_mean_;
  State running_variance_;
};

/// Modules one after the other. Layers added by `add<Layer>` are named NAME.0, NAME.1 ... in PyTorch's manner; modules
/// without parameters count as well.
class Sequential {
 public:
  /// An empty chain whose layers are named under `name`.
  Sequential(Parameters parameters, std::string name) : parameters_(std::move(parameters)), name_(std::move(name)) {}

  /// Makes a layer with the chain's parameters, the next name and these arguments; the result lives as long as the
  /// chain.
  template <class Layer, class... Arguments>
  Layer& add(Arguments&&... arguments) {
    auto layer = std::make_shared<Layer>(parameters_, next_name(), std::forward<Arguments>(arguments)...);
    modules_.push_back([layer](Pass& pass, const Tensor& x) { return (*layer)(pass, x); });
    return *layer;
  }
  /// Appends any module.
  Sequential& add(Module module);
  /// Skips `count` numbers, for names that match a PyTorch model whose activations are modules of their own.
  Sequential& skip(int count = 1);

  /// Through all modules in order.
  Tensor operator()(Pass& pass, const Tensor& x) const;

 private:
  std::string next_name() { return name_ + "." + std::to_string(next_++); }

  Parameters parameters_;
  std::string name_;
  int next_ = 0;
  std::vector<Module> modules_;
};

}  // namespace betwixt
