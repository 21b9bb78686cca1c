// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "betwixt/train/fit.h"

namespace betwixt {

/// A training run done in pieces on the caller's thread: a few milliseconds in every frame of an app. `fit` is this in
/// a loop.
///
///     TrainingRun run(trainer, {.steps = 3000, .control = &control});
///     while (!run.done()) {            // once per frame
///       run.run_for(4.0);
///       draw();
///     }
///     const FitReport report = run.finish();
///
/// One thread at a time. How the steps are cut into pieces changes no bit of the result.
class TrainingRun {
 public:
  /// Borrows the trainer, and the control of `options` when there is one. E_ARGUMENT when the control is in use, or
  /// when both `stop` and `control` are given.
  TrainingRun(Trainer& trainer, FitOptions options, ProgressCallback callback = nullptr);
  ~TrainingRun();
  TrainingRun(const TrainingRun&) = delete;
  TrainingRun& operator=(const TrainingRun&) = delete;

  /// Whole steps until `milliseconds` have passed, at least one; saves, watches and reports when it is time. None, and
  /// at once, when the run is done, paused or in the background.
  RunResult run_for(double milliseconds);
  /// All steps are done, or the run was stopped or cancelled.
  bool done() const;
  /// Waits while the run is paused or in the background; returns when it may go on or was cancelled.
  void wait_until_allowed();

  /// Writes the last checkpoint and lets go of the control. Call once; later calls return the same.
  FitReport finish();

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace betwixt
