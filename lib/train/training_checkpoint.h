// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "betwixt/core/file.h"
#include "betwixt/train/trainer.h"

namespace betwixt {

/// Saves everything that a trainer's steps change. A run that is killed at any moment and restored from here ends with
/// the same bits as one that never was: random numbers and the order of the data follow from the step and the seed.
/// `description` stands for whatever else makes the run (model, schedule, losses, data); it is kept as a hash, together
/// with the trainer's seed and order of data.
void save_training(FileSystem& files, const std::string& path, const Trainer& trainer, const std::string& description);

/// What `load_training` has to tell.
struct TrainingRestored {
  bool found = false;     ///< false: there is no checkpoint, the trainer is untouched
  std::int64_t step = 0;  ///< steps done when it was saved
  std::string note;       ///< not empty when it was saved on another device, or when an older generation had to serve
};

/// Restores a trainer made in the same way; a loss scale (OptimizerOptions::loss_scale), which only devices that store
/// halves need, may be there or not on either side. E_MISMATCH when the checkpoint is of another description or another
/// set of states; what io/checkpoint.h lists for damaged files. On an error the trainer is untouched.
TrainingRestored load_training(FileSystem& files, const std::string& path, const Trainer& trainer,
                               const std::string& description);

}  // namespace betwixt
