// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "betwixt/core/file.h"
#include "betwixt/nn/layers.h"

namespace betwixt {

/// Networks whose inner activations ("features") say more about likeness than pixels do. Their weights are never
/// trained here.
enum class FeatureTrunk : std::uint8_t {
  kVgg16,         ///< Simonyan and Zisserman 2015; torchvision's `vgg16`
  kSqueezeNet11,  ///< Iandola et al. 2016; torchvision's `squeezenet1_1`
  /// "randfeat": three stages of two 3x3 convolutions with ReLU, then a 2x2 mean, of 32, 64 and 128 channels, with
  /// random weights (He et al. 2015) of a fixed seed, every layer's output standardised on fixed random pictures. For
  /// users without a weight file; it is never called VGG.
  kRandom,
};

/// How pictures in [0, 1] RGB become a trunk's input.
enum class FeatureInput : std::uint8_t {
  kImageNet,  ///< minus (.485, .456, .406), over (.229, .224, .225): what torchvision's weights were trained with
  kLpips,     ///< [-1, 1], minus (-.030, -.088, -.188), over (.458, .448, .450): LPIPS v0.1, nearly the same
  kSigned,    ///< [-1, 1] as it is: the report's quirk of feeding VGG without normalisation
  kCaffe,     ///< BGR in 0..255 minus (104, 117, 123): DeepScale's own SqueezeNet weights
};

/// What a trunk is shown, and where it is looked at.
struct FeatureOptions {
  FeatureInput input = FeatureInput::kImageNet;  ///< how pictures are put before the first layer
  /// Layers to look at: torchvision's index ("15", "features.15") or VGG's names ("relu3_3"), in any order. Empty: the
  /// layers LPIPS uses (VGG-16 relu1_2, 2_2, 3_3, 4_3, 5_3; SqueezeNet 1, 4, 7, 9, 10, 11, 12), for kRandom the ends of
  /// its stages (1, 3, 5).
  std::vector<std::string> taps = {};
};

/// A trunk up to its deepest tap, with weights. A handle.
class FeatureNetwork {
 public:
  FeatureNetwork() = default;

  /// `kRandom`, the same for everyone who uses the seed.
  static FeatureNetwork random(const Device& device, const FeatureOptions& options = {}, std::uint64_t seed = 20211);
  /// Weights of VGG-16 or SqueezeNet 1.1 from a safetensors file with torchvision's names ("features.0.weight" ...);
  /// which of the two, the names tell. Layers beyond the deepest tap and the classifier may be in the file or not.
  /// Errors: those of `load_weights`; E_MISMATCH when the file is neither; E_VALUE for a tap that does not exist.
  static FeatureNetwork load(const Device& device, const std::string& path, const FeatureOptions& options = {},
                             FileSystem& files = default_file_system());

  /// Whether it holds a network.
  bool defined() const { return !stages_.empty(); }
  /// Which network it is.
  FeatureTrunk trunk() const { return trunk_; }
  /// Its weights; no loss of this library trains them.
  const Parameters& parameters() const { return parameters_; }
  /// Layer numbers of the taps, ascending, and the channels of each.
  const std::vector<int>& taps() const { return taps_; }
  const std::vector<std::int64_t>& channels() const { return channels_; }

  /// Activations [n, h', w', c] at the taps of pictures [n, h, w, c] in [0, 1]. Grey becomes RGB; what is transparent
  /// shows mid grey. E_SHAPE when pictures are too small for the trunk (SqueezeNet needs 17 pixels, VGG's relu5_3 16).
  std::vector<Tensor> operator()(Pass& pass, const Tensor& pictures) const;

 private:
  struct Stage {
    int number = 0;
    std::int64_t channels = 0;
    Module module;
  };
  static FeatureNetwork make(const Device& device, FeatureTrunk trunk, const FeatureOptions& options,
                             std::uint64_t seed);
  void choose_taps(const std::vector<std::string>& names);
  void add_vgg();
  void add_squeezenet();
  void add_random();
  void standardise();

  FeatureTrunk trunk_ = FeatureTrunk::kRandom;
  FeatureInput input_ = FeatureInput::kImageNet;
  Parameters parameters_;
  std::vector<Stage> stages_;
  std::vector<int> taps_;
  std::vector<std::int64_t> channels_;
};

/// The number of a layer given by torchvision's number or by name. E_VALUE when there is none such.
int feature_layer(FeatureTrunk trunk, const std::string& name);

}  // namespace betwixt
