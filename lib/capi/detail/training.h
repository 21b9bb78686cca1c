// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "betwixt/capi/detail/objects.h"
#include "betwixt/capi/detail/progress.h"
#include "betwixt/methods/autoencoder/denoise.h"
#include "betwixt/train/training_control.h"

namespace betwixt::capi {

/// Options with their defaults; E_NOT_FINITE, E_VALUE and E_UNSUPPORTED for what makes no sense.
struct TrainChoice {
  DenoiseOptions denoise;
  double budget_ms = 0;  ///< 0: no limit
  bool drop_codes = false;
  std::string loss_text;  ///< as given
  ProgressListener listener;
};
/// Without the loss.
DenoiseOptions denoise_options(const betwixt_train_options& from);
/// Inside the gate of `device`, which the files of a loss are loaded on.
TrainChoice train_choice(const betwixt_train_options* options, const Device& device);

/// A training run that goes through the device's gate in pieces.
///
/// Requests of other threads (background, less memory) are served inside the gate by whoever gets there first: the
/// thread that asked, or the one that trains, at the end of its piece. During a progress callback the gate is free but
/// the run is in the middle of a piece, so that then only the thread that trains serves.
class Training {
 public:
  /// Inside the gate. The model must not be in another training.
  Training(std::shared_ptr<ModelState> model, const Images& pictures, const TrainChoice& choice);
  ~Training();
  Training(const Training&) = delete;
  Training& operator=(const Training&) = delete;

  // One thread at a time, see Use.
  void run();
  /// True when nothing is left to do.
  bool run_for(double milliseconds);
  betwixt_train_report finish();
  /// After `finish` of a run with validation: the model gets the last weights, or the best.
  void use_weights(bool last);

  // Any thread.
  void cancel() { control_.cancel(); }
  void pause(bool paused);
  BackgroundResult enter_background(double timeout);
  void leave_background();
  bool reduce_memory(double timeout);
  betwixt_train_status status();

  OpenDevice& device() const { return *model_->device; }
  std::shared_ptr<OpenDevice> shared_device() const { return model_->device; }

  /// Makes the calling thread the one that trains; E_ARGUMENT while there is another.
  class Use {
   public:
    Use(Training& training, const char* operation);
    ~Use();
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

   private:
    Training& training_;
  };
  /// False when a thread trains: the run is then cancelled, and that thread finds `abandoned` when it is done.
  bool may_delete();
  bool abandoned();

 private:
  bool piece(double milliseconds);
  bool report(const Progress& progress);
  void serve();
  template <class Done>
  bool serve_or_wait(double timeout, Done done);
  void tell_report() const;
  void keep_codes();
  void record();

  std::shared_ptr<ModelState> model_;
  TrainChoice choice_;
  Images pictures_;  ///< for their codes at the end
  TrainingControl control_;
  std::unique_ptr<DenoiseRun> run_;  ///< used inside the gate; gone after `finish`
  DenoiseReport report_;
  double spent_ms_ = 0;
  bool out_of_budget_ = false;
  std::atomic<bool> done_{false};

  std::mutex mutex_;  ///< for what follows
  std::condition_variable served_;
  std::thread::id trains_;
  bool in_use_ = false;
  bool in_callback_ = false;
  bool abandoned_ = false;
  bool finished_ = false;
  bool paused_ = false;
  bool background_ = false;
  bool background_wanted_ = false;
  bool reduce_wanted_ = false;
  BackgroundResult background_result_;
};

}  // namespace betwixt::capi

struct betwixt_training : betwixt::capi::Tagged<0x54785742> {
  std::unique_ptr<betwixt::capi::Training> training;
};
