// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>

#include "betwixt/core/clock.h"
#include "betwixt/train/trainer.h"
#include "betwixt/train/training_control.h"

namespace betwixt {

/// How far a training run is; given to the progress callback a few times a second.
struct Progress {
  std::int64_t step = 0;        ///< steps done
  std::int64_t steps = 0;       ///< steps wanted
  double loss = 0;              ///< mean of the first logged scalar over the steps since the last report
  double steps_per_second = 0;  ///< since the last report
  double seconds_left = 0;      ///< at the present rate
  std::string warning;          ///< set once, when something needs the user's attention; says what to do
};

/// Returns true to go on, false to stop after the current whole step. It may be called from the thread that trains
/// only; an exception from it stops the run and comes out of `fit`.
using ProgressCallback = std::function<bool(const Progress&)>;

/// How a run is done and watched.
struct FitOptions {
  std::int64_t steps = 1000;                ///< in all: a trainer restored at step 400 does 600 more
  double report_seconds = 0.1;              ///< between calls of the callback
  const std::atomic<bool>* stop = nullptr;  ///< may be set from any thread or signal handler
  /// Pause, cancel, background, memory and progress from any thread; instead of `stop`.
  TrainingControl* control = nullptr;
  /// Called between chunks of `watch_every` steps with the mean loss of the chunk; a text it returns is reported as a
  /// warning once.
  std::int64_t watch_every = 0;
  std::function<std::string(std::int64_t step, double loss)> watch = nullptr;
  /// Asked after each `watch`: true ends the run there, as early stopping does.
  std::function<bool()> enough = nullptr;
  /// Called between steps every `save_seconds`, once at the end or when stopped, and when the app goes to the
  /// background: writes a checkpoint. Then by the thread that brings the notice if no step is under way.
  double save_seconds = 10;
  std::function<void()> save = nullptr;
  Clock* clock = nullptr;  ///< default: the operating system's
};

/// What a run came to.
struct FitReport {
  std::int64_t steps = 0;          ///< done by this call
  double loss = 0;                 ///< mean over the last steps, at most 100
  double seconds = 0;              ///< wall time of this call
  bool stopped = false;            ///< by the callback, the stop flag or the control; what was learned is kept
  bool cancelled = false;          ///< stopped, by the control
  bool ended_early = false;        ///< `enough` said so
  std::int64_t refused_steps = 0;  ///< steps with a non-finite loss or gradient, which changed nothing
  std::string warning;             ///< the last one of the run, or empty
};

/// Runs a trainer to the end, reporting on the way. Waits while its control says pause.
FitReport fit(Trainer& trainer, const FitOptions& options, const ProgressCallback& callback = nullptr);

}  // namespace betwixt
