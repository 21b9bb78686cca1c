// SPDX-License-Identifier: MIT
#include "betwixt/train/fit.h"

#include <algorithm>

#include "betwixt/train/training_run.h"

namespace betwixt {

FitReport fit(Trainer& trainer, const FitOptions& options, const ProgressCallback& callback) {
  TrainingRun run(trainer, options, callback);
  const double piece = std::max(1.0, 1e3 * options.report_seconds);
  while (!run.done()) {
    run.wait_until_allowed();
    run.run_for(piece);
  }
  return run.finish();
}

}  // namespace betwixt
