// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "betwixt/nn/parameters.h"
#include "betwixt/tensor/tensor.h"

namespace betwixt {

/// How a pass composes.
struct PassOptions {
  bool training = false;   ///< layers that behave otherwise while training (batch norm) do so
  std::uint64_t seed = 0;  ///< of layers that draw random numbers
  Tensor step = {};        ///< u32[1]; needed by layers that draw random numbers
  /// Off: batch norm uses the batch's statistics but does not move the running ones (interpolated pictures).
  bool update_statistics = true;
};

/// One forward composition of networks: which version of each parameter set is used, whether layers are in training
/// mode, where random numbers come from, and the state updates that layers want (running statistics).
///
/// Forward functions take a Pass and tensors and return tensors; nothing else is remembered between calls.
class Pass {
 public:
  /// A pass that uses every set's own weights.
  explicit Pass(PassOptions options = {}) : options_(std::move(options)) {}

  /// Whether layers behave as while training.
  bool training() const { return options_.training; }
  /// Whether running statistics move.
  bool update_statistics() const { return options_.update_statistics; }
  /// From now on, for the layers called after it.
  void set_update_statistics(bool on) { options_.update_statistics = on; }

  /// Parameter `index` of `set`, in the version in use.
  const Tensor& parameter(const Parameters& set, int index);
  /// All parameters of a set in the version in use: what to differentiate by.
  const std::vector<Tensor>& parameters(const Parameters& set);
  /// From now on this pass uses `flat` (what an optimiser returned) for `set`.
  void use(const Parameters& set, const Tensor& flat);

  /// The latest value of a state in this pass, and a new version of it.
  Tensor value(const State& state);
  void update(const State& state, const Tensor& value);
  /// Every update so far, as assigned tensors for a program's outputs.
  std::vector<Tensor> updates() const;
  /// The states behind them: what a checkpoint of a step must hold.
  std::vector<State> updated_states() const;

  /// Stream of a stable name path such as "encoder.dropout".
  RandomStream stream(const std::string& name) const { return RandomStream(options_.seed, name); }
  /// Throws E_ARGUMENT, naming `layer`, when the pass has no step.
  const Tensor& step(const char* layer) const;

 private:
  struct Version {
    Parameters set;
    std::vector<Tensor> tensors;
  };
  Version& version_of(const Parameters& set);

  PassOptions options_;
  std::vector<Version> versions_;
  std::vector<std::pair<State, Tensor>> states_;
};

}  // namespace betwixt
