// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "betwixt/image/images.h"
#include "betwixt/methods/autoencoder/autoencoder.h"
#include "betwixt/nn/picture_loss.h"
#include "betwixt/nn/weights_copy.h"
#include "betwixt/train/fit.h"

namespace betwixt {

/// What is done to a picture before it is encoded; the loss compares with the clean one.
enum class Corruption : std::uint8_t {
  kNormal,  ///< adds noise * N(0, 1), in units where pictures span [-1, 1]
  kWhite,   ///< sets each number to the middle of the range with probability `noise`
};

/// How a denoising autoencoder is trained. The defaults suit small sets of any kind of picture.
struct DenoiseOptions {
  std::int64_t steps = 3000;  ///< in all, those before a checkpoint included
  std::int64_t batch = 16;    ///< larger than the set: the whole set
  /// Gradient accumulation: the batch in so many equal parts, with the memory of one. The noise differs from that of
  /// the whole batch, and the spread of codes is that of a part. E_ARGUMENT unless it divides the batch.
  int batch_parts = 1;
  double learning_rate = 1e-3;  ///< at its highest
  std::int64_t warmup = 200;    ///< steps over which the rate rises from 0; it falls along a cosine afterwards
  double final_rate = 0.02;     ///< share of the rate left at the end
  /// Above 0 the rate falls by `step_factor` every so many steps instead of along a cosine (the report's StepLR).
  std::int64_t step_every = 0;
  double step_factor = 0.1;
  bool shuffle = true;  ///< off: the pictures in order, again and again, as the report's code does
  /// The output layer starts at the data's mean colour, a base picture at the median picture; off: as PyTorch would.
  bool start_at_mean = true;
  PictureLoss loss = {};    ///< what is minimised; mean squared error when empty
  double weight_decay = 0;  ///< L2, added to the gradient
  double noise = 0.1;
  Corruption corruption = Corruption::kNormal;
  /// Spread of the noise added to codes while training, as a share of their own spread: neighbouring codes must then
  /// give neighbouring pictures. 0 is off.
  double code_noise = 0.05;
  double clip_norm = 1;  ///< limit on the norm of the gradient; 0 is off
  /// Share of the pictures, chosen by the seed, that is held out to measure how well unseen pictures come back; the
  /// weights that do so best are kept at the end. 0 is off: every picture is learned, the last weights stay.
  double validation = 0;
  /// With `validation`: the run ends when the held-out pictures have not come back better for this many steps. They are
  /// looked at every 100 steps or 20 times in a run, whichever is rarer. 0 is off.
  std::int64_t patience = 0;
  std::uint64_t seed = 1;
  /// A file that the run is saved to every `checkpoint_seconds` and at the end; a run that finds it there goes on from
  /// it and ends with the same bits as one never interrupted. Empty is off.
  std::string checkpoint = {};
  double checkpoint_seconds = 10;
  PlanOptions plan = {};
  /// Most device bytes that weights, moments, pictures and the training step may take together; 0 is no limit. Above
  /// it: E_LIMIT with the figures, before they are allocated.
  std::uint64_t memory_limit = 0;
  const std::atomic<bool>* stop = nullptr;
  /// Pause, cancel, background, memory and progress from any thread; instead of `stop`.
  TrainingControl* control = nullptr;
};

/// What a training came to.
struct DenoiseReport {
  FitReport fit;  ///< steps, time and why it ended
  /// Mean squared error on clean training pictures at the end, in [0, 1] units; of a cancelled run, which returns at
  /// once, the mean training loss of its last steps.
  double loss = 0;
  double variance = 0;         ///< the same for a model that always gives the mean picture
  bool collapsed = false;      ///< no better than the mean picture; `fit.warning` says what to do
  double validation_loss = 0;  ///< of the best weights; 0 without validation
  WeightsCopy best = {};       ///< with validation: the weights the model was left with
  WeightsCopy last = {};       ///< with validation: those of the last step; `last.restore(model.parameters())`
  std::int64_t best_step = 0;  ///< with validation: steps after which the best weights were reached
  /// Loss of the steps in at most 240 equal pieces, mean of each, oldest first: the curve of the whole run (of the last
  /// 262,144 steps of a longer one), resumed or not.
  std::vector<double> curve = {};
  std::size_t peak_bytes = 0;   ///< device memory of the training run: weights, moments, pictures and the step
  std::int64_t resumed_at = 0;  ///< step of the checkpoint the run went on from; 0 for a fresh run
  std::string note = {};        ///< what a resumed run has to tell: another device, a damaged newer checkpoint
};

/// Trains `model` to give back clean pictures from corrupted ones (Adam).
/// Errors: E_SHAPE when the pictures are not of the model's size, E_LIMIT when the memory cap is passed, E_ARGUMENT.
DenoiseReport train(const Autoencoder& model, const Images& pictures, const DenoiseOptions& options = {},
                    const ProgressCallback& callback = nullptr);

/// The same in pieces on the caller's thread: a few milliseconds in every frame of an app.
///
///     DenoiseRun run(model, pictures, {.steps = 3000});
///     while (!run.done()) run.run_for(4.0);  // once per frame
///     const DenoiseReport report = run.finish();
///
/// Making it copies the pictures to the device, compiles the step and loads the checkpoint; an error leaves the model
/// as it was. How the steps are cut into pieces changes no bit of the result. One thread at a time per device.
class DenoiseRun {
 public:
  /// Prepares the run: see above. `callback` is called from within `run_for`.
  DenoiseRun(const Autoencoder& model, const Images& pictures, const DenoiseOptions& options = {},
             const ProgressCallback& callback = nullptr);
  ~DenoiseRun();
  DenoiseRun(const DenoiseRun&) = delete;
  DenoiseRun& operator=(const DenoiseRun&) = delete;

  /// As those of TrainingRun.
  RunResult run_for(double milliseconds);
  bool done() const;
  void wait_until_allowed();
  /// Writes the last checkpoint and measures what was learned. Later calls return the same.
  DenoiseReport finish();

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

/// Mean squared error between pictures and their reconstruction, both in [0, 1].
double reconstruction_error(const Autoencoder& model, const Images& pictures);

}  // namespace betwixt
