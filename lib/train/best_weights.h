// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "betwixt/nn/parameters.h"
#include "betwixt/train/trainer.h"

namespace betwixt {

/// Keeps the weights with the smallest error so far, and tells when to stop waiting for better ones. What is kept lies
/// in states that the trainer's checkpoints hold, so that a resumed run decides as one never interrupted.
class BestWeights {
 public:
  /// Adds its states to the trainer's. E_ARGUMENT for a patience below 0.
  ///   patience  steps without a better error after which `enough` says so; 0: never
  BestWeights(const Parameters& parameters, Trainer& trainer, std::int64_t patience = 0);

  /// Takes the weights as they are now when `error` is below the best so far; NaN never is. Between steps.
  bool look(double error);
  /// Something was taken.
  bool any() const;
  double error() const;       ///< of the weights kept; 0 before any
  std::int64_t step() const;  ///< when they were taken
  bool enough() const;
  /// Puts the kept weights into the parameter set; without any it stays as it is.
  void restore() const;

 private:
  Parameters parameters_;
  const Trainer* trainer_;
  std::int64_t patience_;
  std::vector<State> kept_;  ///< one for each of `weight_states`
  State error_;
  State step_;  ///< steps done when taken, plus one; 0 before any
};

}  // namespace betwixt
