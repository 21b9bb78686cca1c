// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "betwixt/image/images.h"
#include "betwixt/nn/feature_network.h"

namespace betwixt {

/// Perceptual loss: mean over the taps of the mean squared difference of their activations (Johnson, Alahi, Fei-Fei
/// 2016: one tap's is |phi(x) - phi(y)|^2 / (C H W)). Scalar, differentiable in both.
///   x, y   pictures [n, h, w, c] in [0, 1]
Tensor feature_loss(const FeatureNetwork& network, Pass& pass, const Tensor& x, const Tensor& y);

/// The learnt channel weights of LPIPS, one vector per tap.
struct LpipsHeads {
  std::vector<std::vector<float>> weights;  ///< one number per channel, one vector per tap

  /// Tensors "lin0.weight" [1, c, 1, 1] and so on. E_MISSING for none, E_SHAPE, E_VALUE for a weight below 0.
  static LpipsHeads load(const std::string& path, FileSystem& files = default_file_system());
};

/// LPIPS v0.1 (Zhang, Isola, Efros, Shechtman, Wang 2018): every activation is brought to length 1 over its channels
/// (f / (|f| + 1e-10)); squared differences are weighted per channel and summed, mean over places, sum over taps.
/// Published values need torchvision's trunk with FeatureInput::kLpips and the heads that belong to it.
/// Without heads every channel counts 1 / taps: then the distance lies in [0, 4] for any trunk, in [0, 2] after ReLU.
///   result [n], one distance per pair
Tensor lpips(const FeatureNetwork& network, Pass& pass, const Tensor& x, const Tensor& y, const LpipsHeads& heads = {});

/// The same formula on given activations, [n, h, w, c] each. E_SHAPE when heads and activations do not match.
Tensor lpips_of_features(const std::vector<Tensor>& x, const std::vector<Tensor>& y, const LpipsHeads& heads = {});

/// LPIPS-shaped distance of host pictures: a measure beside PSNR and SSIM. Compiles one program per picture size.
class FeatureDistance {
 public:
  /// Programs are compiled when pictures of their size come first.
  explicit FeatureDistance(FeatureNetwork network, LpipsHeads heads = {});
  ~FeatureDistance();
  /// Takes network and programs over.
  FeatureDistance(FeatureDistance&&) noexcept;
  /// Takes network and programs over.
  FeatureDistance& operator=(FeatureDistance&&) noexcept;

  /// Picture i of `a` beside picture i of `b`. E_SHAPE when the sets differ in size.
  std::vector<double> operator()(const Images& a, const Images& b);
  const FeatureNetwork& network() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace betwixt
