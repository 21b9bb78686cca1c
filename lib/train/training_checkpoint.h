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

/// Restores a trainer made in the same way. E_MISMATCH when the checkpoint is of another description or another set of
/// states; what io/checkpoint.h lists for damaged files. On an error the trainer is untouched.
///
/// Tensors between ops may be stored otherwise than before, f16 (PlanOptions::storage) instead of f32 or the other way
/// round, on the same device or another: states are f32 in both, so weights and moments are taken over bit for bit. A
/// loss scale (OptimizerOptions::loss_scale), which only f16 needs, may be there or not on either side: one that is not
/// wanted any more is left out, a new one starts at its first value. From there on steps round as the storage now in
/// use does, so that the run does not end with the bits it would have had; `note` tells of other devices, not of this.
TrainingRestored load_training(FileSystem& files, const std::string& path, const Trainer& trainer,
                               const std::string& description);

}  // namespace betwixt
