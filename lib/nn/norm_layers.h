// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "betwixt/nn/layers.h"

namespace betwixt {

/// How a normalisation is made.
struct NormLayerOptions {
  double epsilon = 1e-5;              ///< added to the variance
  ActivationOptions activation = {};  ///< applied to the result
  /// LayerNorm of flat features: the picture [h, w, c] they were flattened from; saved in PyTorch's order [c, h, w].
  Shape flattened = {};
};

/// Group normalisation: [n, ..., channels], statistics per picture and group. NAME.weight, NAME.bias. `groups` must
/// divide the channels: 1 normalises over whole pictures, `channels` is instance normalisation.
class GroupNorm {
 public:
  /// Adds NAME.weight and NAME.bias to the set. E_ARGUMENT when `groups` does not divide the channels.
  GroupNorm(Parameters parameters, const std::string& name, std::int64_t channels, int groups,
            const NormLayerOptions& options = {});
  /// [n, ..., channels] -> the same shape.
  Tensor operator()(Pass& pass, const Tensor& x) const;

 private:
  Parameters parameters_;
  int groups_;
  NormLayerOptions options_;
  int scale_;
  int shift_;
};

/// Layer normalisation over the innermost axes, of shape `features`. NAME.weight, NAME.bias, saved in PyTorch's order
/// [c, h, w] when the features are those of a picture [h, w, c].
class LayerNorm {
 public:
  /// Adds NAME.weight and NAME.bias to the set.
  LayerNorm(Parameters parameters, const std::string& name, const Shape& features,
            const NormLayerOptions& options = {});
  /// [..., features] -> the same shape.
  Tensor operator()(Pass& pass, const Tensor& x) const;

 private:
  Parameters parameters_;
  NormLayerOptions options_;
  int scale_;
  int shift_;
};

/// Which normalisation a block uses.
enum class Norm : std::uint8_t {
  kNone,
  kBatch,     ///< BatchNorm; needs batches of more than one picture
  kGroup,     ///< GroupNorm in groups of about 8 channels
  kInstance,  ///< GroupNorm with a group per channel
  kLayer,     ///< GroupNorm with one group
};

/// A normalisation followed by an activation, as a module; with kNone the activation alone.
Module norm_module(Parameters parameters, const std::string& name, std::int64_t channels, Norm norm,
                   const ActivationOptions& activation);

}  // namespace betwixt
