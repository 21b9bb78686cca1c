// SPDX-License-Identifier: MIT
#include "betwixt/nn/norm_layers.h"

#include <algorithm>

#include "betwixt/core/error.h"
#include "betwixt/ops/norm.h"
#include "betwixt/ops/unary.h"

namespace betwixt {
namespace {

int add_plain(const Parameters& parameters, const std::string& name, const Shape& shape, const Initializer& start,
              const Shape& flattened = {}) {
  ParameterSpec spec;
  spec.name = name;
  spec.shape = shape;
  spec.initializer = start;
  spec.flattened_output = flattened;
  return Parameters(parameters).add(std::move(spec));
}

NormOptions norm_options(const NormLayerOptions& options) {
  return {.epsilon = options.epsilon, .activation = options.activation};
}

/// The number of groups next to channels / 8 that divides the channels.
int groups_of_about_eight(std::int64_t channels) {
  for (std::int64_t groups = std::max<std::int64_t>(1, channels / 8); groups > 1; --groups)
    if (channels % groups == 0) return static_cast<int>(groups);
  return 1;
}

}  // namespace

GroupNorm::GroupNorm(Parameters parameters, const std::string& name, std::int64_t channels, int groups,
                     const NormLayerOptions& options)
    : parameters_(std::move(parameters)), groups_(groups), options_(options) {
  if (groups < 1 || channels % groups != 0)
    throw Error(ErrorCode::kShape, "group norm", "%lld channels in %d groups", static_cast<long long>(channels),
                groups);
  scale_ = add_plain(parameters_, name + ".weight", {channels}, Initializer::ones());
  shift_ = add_plain(parameters_, name + ".bias", {channels}, Initializer::zeros());
}

Tensor GroupNorm::operator()(Pass& pass, const Tensor& x) const {
  return group_norm(x, groups_, pass.parameter(parameters_, scale_), pass.parameter(parameters_, shift_),
                    norm_options(options_));
}

LayerNorm::LayerNorm(Parameters parameters, const std::string& name, const Shape& features,
                     const NormLayerOptions& options)
    : parameters_(std::move(parameters)), options_(options) {
  const Shape flattened = features.rank() == 3 ? features : options.flattened;
  scale_ = add_plain(parameters_, name + ".weight", features, Initializer::ones(), flattened);
  shift_ = add_plain(parameters_, name + ".bias", features, Initializer::zeros(), flattened);
}

Tensor LayerNorm::operator()(Pass& pass, const Tensor& x) const {
  return layer_norm(x, pass.parameter(parameters_, scale_), pass.parameter(parameters_, shift_),
                    norm_options(options_));
}

Module norm_module(Parameters parameters, const std::string& name, std::int64_t channels, Norm norm,
                   const ActivationOptions& activation) {
  switch (norm) {
    case Norm::kBatch:
      return BatchNorm(std::move(parameters), name, channels, {.activation = activation});
    case Norm::kGroup:
      return GroupNorm(std::move(parameters), name, channels, groups_of_about_eight(channels),
                       {.activation = activation});
    case Norm::kInstance:
      return GroupNorm(std::move(parameters), name, channels, static_cast<int>(channels), {.activation = activation});
    case Norm::kLayer:
      return GroupNorm(std::move(parameters), name, channels, 1, {.activation = activation});
    case Norm::kNone:
      break;
  }
  return [activation](Pass&, const Tensor& x) { return activate(x, activation); };
}

}  // namespace betwixt
