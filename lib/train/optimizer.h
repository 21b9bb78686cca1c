// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "betwixt/nn/parameters.h"
#include "betwixt/nn/pass.h"
#include "betwixt/ops/schedule.h"

namespace betwixt {

/// How a parameter set follows its gradient.
struct OptimizerOptions {
  /// Which rule moves the weights.
  enum class Kind : std::uint8_t { kAdam, kAdamW, kSgd } kind = Kind::kAdam;  ///< which of them
  ScheduleOptions rate = {.base = 1e-3};                                      ///< learning rate over the steps
  double beta1 = 0.9;     ///< of Adam: share of the old first moment that stays
  double beta2 = 0.999;   ///< of Adam: share of the old second moment that stays
  double epsilon = 1e-8;  ///< of Adam: added outside the square root
  /// Adam and SGD add it to the gradient (L2), AdamW shrinks the weights by it (decoupled).
  double weight_decay = 0;
  double momentum = 0.9;  ///< of SGD
  bool nesterov = false;  ///< of SGD
  double clip_norm = 0;   ///< limits the norm of the whole gradient; 0 is off
  /// The loss's gradient starts with this factor, and the gradient of the weights is divided by it: for activations
  /// stored as f16, whose gradients would else be too small to be told from zero. Halved after every step whose
  /// gradient is not finite; never raised. A power of two costs no rounding. 1 is off; 0: 32768 on devices that store
  /// f16 (VulkanOptions::storage), off elsewhere.
  double loss_scale = 0;
};

/// An optimiser of one parameter set: its moments are states, allocated when it is made, so that memory is known and
/// a checkpoint complete from the first step. A handle; copies mean the same moments.
class Optimizer {
 public:
  Optimizer() = default;
  /// Allocates the moments of `parameters` on their device and closes the set.
  Optimizer(const Parameters& parameters, OptimizerOptions options);

  /// The set it moves.
  const Parameters& parameters() const { return parameters_; }
  /// As it was made.
  const OptimizerOptions& options() const { return options_; }

  /// One step down `loss`: differentiates it by the set's parameters as `pass` uses them, moves moments and weights,
  /// and makes the pass use the new version from here on.
  ///   loss   a scalar
  ///   step   u32[1], the number of steps done before this one
  ///   returns the flat new version; every update is in `pass.updates()`
  /// Where loss or gradient is not finite nothing moves, and `finite` (f32[1], when asked for) is 0.
  Tensor minimize(Pass& pass, const Tensor& loss, const Tensor& step, Tensor* finite = nullptr) const;
  /// Gradient accumulation: the same down the mean of `parts` losses. Each is composed and differentiated before the
  /// next, so that the activations of one part at a time are in memory. E_ARGUMENT below one part.
  Tensor minimize(Pass& pass, int parts, const std::function<Tensor(int part)>& loss, const Tensor& step,
                  Tensor* finite = nullptr) const;

  /// Moments and whatever else a checkpoint must hold.
  const std::vector<State>& states() const { return states_; }

 private:
  Tensor seed_of(Pass& pass, const Tensor& loss) const;
  Tensor unscaled(Pass& pass, const Tensor& gradient, const Tensor& enable) const;
  Tensor step_along(Pass& pass, const Tensor& gradient, const Tensor& step, Tensor* finite) const;

  Parameters parameters_;
  OptimizerOptions options_;
  std::vector<State> states_;
  State loss_scale_;  ///< defined when the loss is scaled; one of `states_` too
};

}  // namespace betwixt
