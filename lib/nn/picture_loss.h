// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "betwixt/nn/feature_distance.h"

namespace betwixt {

/// A weighted mixture of losses between a picture and what it should be, for training. Pictures are [n, h, w, c] in
/// [0, 1]. A value: terms are added once, then it is used in any number of training steps.
///
///     PictureLoss loss;
///     loss.add_mse(0.8).add_ssim(0.2);
///
/// All terms are means over elements, so weights need not be changed with picture size. Squared errors in [0, 1] are a
/// quarter of those in the report's [-1, 1]: its (0.7, 0.3) is add_mse(4 * 0.7).add_features(network, 0.3).
class PictureLoss {
 public:
  /// Mean squared error.
  PictureLoss& add_mse(double weight = 1);
  /// Mean absolute error.
  PictureLoss& add_l1(double weight = 1);
  /// Binary cross-entropy; for pictures in [0, 1].
  PictureLoss& add_bce(double weight = 1);
  /// 1 - SSIM; pictures smaller than the window of 11 use the largest odd window that fits.
  PictureLoss& add_ssim(double weight = 1);
  /// Perceptual loss, `feature_loss`.
  PictureLoss& add_features(const FeatureNetwork& network, double weight = 1);
  PictureLoss& add_lpips(const FeatureNetwork& network, const LpipsHeads& heads, double weight = 1);
  /// Anything else that gives one number. `name` tells runs apart. E_VALUE for a weight that is negative or not finite.
  PictureLoss& add(const std::string& name, double weight,
                   std::function<Tensor(Pass&, const Tensor& prediction, const Tensor& target)> term);

  /// Whether no term was added.
  bool empty() const { return terms_.empty(); }
  /// "0.8*mse+0.2*ssim": what was added, weights included.
  std::string text() const;
  /// The weighted sum. E_ARGUMENT when empty.
  Tensor operator()(Pass& pass, const Tensor& prediction, const Tensor& target) const;

 private:
  struct Term {
    std::string name;
    double weight;
    std::function<Tensor(Pass&, const Tensor&, const Tensor&)> apply;
  };
  std::vector<Term> terms_;
};

/// What a loss given as text may need besides the text.
struct PictureLossFiles {
  std::string features;                             ///< trunk for perceptual and lpips, safetensors
  std::string heads;                                ///< lpips heads, safetensors
  FeatureInput input = FeatureInput::kImageNet;     ///< of perceptual
  FeatureInput lpips_input = FeatureInput::kLpips;  ///< of lpips
  /// The report's code multiplied perceptual terms by their weight twice, so that its "0.3" acts as 0.09.
  bool weights_applied_twice = false;
};

/// Reads a mixture: terms "mse", "l1", "bce", "ssim", "perceptual" (VGG relu3_3, SqueezeNet 7), "perceptual:LAYER",
/// "lpips", "randfeat", joined by "+", each with an optional weight in front: "0.8*mse+0.2*perceptual:relu3_3".
/// E_SYNTAX, E_MISSING for a term without the file it needs, and the errors of loading.
PictureLoss parse_picture_loss(const Device& device, const std::string& text, const PictureLossFiles& files = {});

}  // namespace betwixt
