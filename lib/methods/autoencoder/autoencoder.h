// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "betwixt/image/images.h"
#include "betwixt/interp/codes.h"
#include "betwixt/nn/layers.h"
#include "betwixt/tensor/program.h"

namespace betwixt {

/// Which network an autoencoder is made of.
enum class AutoencoderNetwork : std::uint8_t {
  /// Stride-2 convolutions down to about 4x4, a dense code, nearest-upsample + convolution back, leaky ReLU, sigmoid
  /// at the end. Any picture size. For 64x64x3: 32, 64, 128, 256 channels down, 128, 64, 32, 3 up.
  kUpsample,
  /// The published denoising autoencoder (Yadlin and Botchan, "Data Interpolation in Latent Space"): strided
  /// convolutions and max pooling down, transposed convolutions up, tanh at the end; 64x64 pictures only.
  kReport,
};

/// Size and shape of an autoencoder.
struct AutoencoderOptions {
  Shape picture = {64, 64, 3};                                 ///< [h, w, c] of the pictures
  int code = 3;                                                ///< dimensions of the latent code
  AutoencoderNetwork network = AutoencoderNetwork::kUpsample;  ///< which layers it is made of
  /// Width: for kReport the channels of the first layer (64, 128 or 256 in the report); for kUpsample the channels
  /// before the code are 4 times this.
  int channels = 64;
  /// kUpsample only: the last layer is added to a learned picture, the base, which training starts at the median of the
  /// pictures. Where a scene stands still its texture then need not pass through the code, and a few pictures are
  /// enough; of no use where nothing stands still.
  bool base_picture = false;
  std::uint64_t seed = 1;
};

/// A convolutional autoencoder: pictures to codes of a few numbers and back.
///
/// Pictures are floats in [0, 1] everywhere outside. Encoding and decoding of host pictures run in batches through
/// programs that are made at the first call and kept. A handle; copies mean the same weights.
class Autoencoder {
 public:
  /// Makes the network with random weights. E_ARGUMENT for sizes it cannot have.
  Autoencoder(const Device& device, const AutoencoderOptions& options);

  /// As it was made.
  const AutoencoderOptions& options() const;
  /// Where its weights are.
  const Device& device() const;
  /// All its weights, encoder's and decoder's.
  const Parameters& parameters() const;

  /// Composition for training programs: [n, h, w, c] in [0, 1] -> [n, code] -> [n, h, w, c] in [0, 1].
  Tensor encode(Pass& pass, const Tensor& pictures) const;
  Tensor decode(Pass& pass, const Tensor& codes) const;

  /// Host pictures to codes and back. E_SHAPE when the pictures are not of the model's size.
  Codes encode(const Images& pictures) const;
  Images decode(const Codes& codes) const;
  Images reconstruct(const Images& pictures) const { return decode(encode(pictures)); }

  /// Starts the output layer at the mean colour of the data, so that training starts from the mean picture instead of
  /// having to find it first. Call before training.
  void start_at(const std::vector<double>& channel_means) const;
  /// The same for a model with a base: starts it at `base`, one picture of the model's size. E_ARGUMENT without a base,
  /// E_SHAPE.
  void start_at(const Images& base) const;

 private:
  struct Model;
  std::shared_ptr<Model> model_;
};

}  // namespace betwixt
