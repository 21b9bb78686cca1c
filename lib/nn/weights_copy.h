// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <vector>

#include "betwixt/nn/parameters.h"

namespace betwixt {

/// A host copy of everything a parameter set holds, running statistics included: to go back to the weights of another
/// moment.
class WeightsCopy {
 public:
  WeightsCopy() = default;
  /// Copies everything the set holds now.
  explicit WeightsCopy(const Parameters& parameters);

  /// Whether it holds nothing.
  bool empty() const { return parts_.empty(); }
  /// Puts the weights back into the set they came from, or one of the same layers. E_ARGUMENT when empty, E_MISMATCH
  /// when the set is another; then nothing changes.
  void restore(const Parameters& parameters) const;
  friend bool operator==(const WeightsCopy&, const WeightsCopy&) = default;

 private:
  std::vector<std::vector<std::byte>> parts_;  ///< the arena, then every buffer
};

/// The states a copy is made of: the arena, then every buffer.
std::vector<State> weight_states(const Parameters& parameters);

}  // namespace betwixt
