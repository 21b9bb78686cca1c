// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/image/images.h"
#include "betwixt/methods/autoencoder/autoencoder.h"
#include "betwixt/train/fit.h"

namespace betwixt {

/// What is done to a picture before it is encoded; the loss compares with the clean one.
enum class Corruption : std::uint8_t {
  kNormal,  ///< adds noise * N(0, 1), in units where pictures span [-1, 1]
  kWhite,   ///< sets each number to the middle of the range with probability `noise`
};

/// How a denoising autoencoder is trained. The defaults suit small sets of any kind of picture.
struct DenoiseOptions {
  std::int64_t steps = 3000;
  std::int64_t batch = 16;  ///< larger than the set: the whole set
  double learning_rate = 1e-3;
  std::int64_t warmup = 200;  ///< steps over which the rate rises from 0; it falls along a cosine afterwards
  double final_rate = 0.02;   ///< share of the rate left at the end
  double weight_decay = 0;    ///< L2, added to the gradient
  double noise = 0.1;
  Corruption corruption = Corruption::kNormal;
  /// Spread of the noise added to codes while training, as a share of their own spread: neighbouring codes must then
  /// give neighbouring pictures. 0 is off.
  double code_noise = 0.05;
  double clip_norm = 1;  ///< limit on the norm of the gradient; 0 is off
  /// Share of the pictures, chosen by the seed, that is held out to measure how well unseen pictures come back; the
  /// weights that do so best are kept at the end. 0 is off: every picture is learned, the last weights stay.
  double validation = 0;
  std::uint64_t seed = 1;
  /// A file that the run is saved to every `checkpoint_seconds` and at the end; a run that finds it there goes on from
  /// it and ends with the same bits as one never interrupted. Empty is off.
  std::string checkpoint = {};
  double checkpoint_seconds = 10;
  PlanOptions plan = {};
  const std::atomic<bool>* stop = nullptr;
};

struct DenoiseReport {
  FitReport fit;
  double loss = 0;              ///< mean squared error on clean training pictures at the end, in [0, 1] units
  double variance = 0;          ///< the same for a model that always gives the mean picture
  bool collapsed = false;       ///< no better than the mean picture; `fit.warning` says what to do
  double validation_loss = 0;   ///< of the weights kept; 0 without validation
  std::size_t peak_bytes = 0;   ///< device memory of the training program
  std::int64_t resumed_at = 0;  ///< step of the checkpoint the run went on from; 0 for a fresh run
  std::string note = {};        ///< what a resumed run has to tell: another device, a damaged newer checkpoint
};

/// Trains `model` to give back clean pictures from corrupted ones (mean squared error, Adam).
/// Errors: E_SHAPE when the pictures are not of the model's size, E_LIMIT when the memory cap is passed, E_ARGUMENT.
DenoiseReport train(const Autoencoder& model, const Images& pictures, const DenoiseOptions& options = {},
                    const ProgressCallback& callback = nullptr);

/// Mean squared error between pictures and their reconstruction, both in [0, 1].
double reconstruction_error(const Autoencoder& model, const Images& pictures);

}  // namespace betwixt
