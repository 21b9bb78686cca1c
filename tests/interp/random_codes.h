// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "betwixt/core/philox.h"
#include "betwixt/interp/codes.h"

namespace betwixt::testing {

/// Uniform numbers in [0, 1), the same on every machine.
inline Codes random_codes(std::int64_t count, int dimensions, std::uint64_t seed) {
  Codes codes(count, dimensions);
  const auto key = RandomStream(seed, "test/codes").key();
  for (std::size_t i = 0; i < codes.values.size(); ++i) {
    const std::uint32_t word = philox({static_cast<std::uint32_t>(i / 4), 0, 0, 0}, key)[i % 4];
    codes.values[i] = static_cast<float>(word >> 8) * 0x1p-24f;
  }
  return codes;
}

/// Numbers on a coarse lattice: many equal distances.
inline Codes lattice_codes(std::int64_t count, int dimensions, std::uint64_t seed, int levels) {
  Codes codes = random_codes(count, dimensions, seed);
  for (float& value : codes.values) value = static_cast<float>(static_cast<int>(value * static_cast<float>(levels)));
  return codes;
}

}  // namespace betwixt::testing
