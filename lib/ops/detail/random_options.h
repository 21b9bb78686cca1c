// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "betwixt/core/shape.h"

namespace betwixt {

/// Options of the ops random_normal, random_uniform and random_bernoulli.
struct RandomOptions {
  std::uint32_t key[2] = {};  ///< of the stream
  TensorType type;
  double probability = 0.5;  ///< of a one, for kBernoulli
};

/// Options of shuffled_indices. The permutation is a Feistel network over [0, 4^half_bits).
struct ShuffleOptions {
  std::uint32_t key[2] = {};
  std::uint32_t rows = 1;
  std::uint32_t batch = 1;
  std::uint32_t half_bits = 2;
  bool ordered = false;
};

}  // namespace betwixt
