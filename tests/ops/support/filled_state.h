// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "betwixt/tensor/state.h"

namespace betwixt::ops_test {

/// Numbers in [-1, 1), other ones for every seed.
inline std::vector<float> numbers(std::int64_t count, std::uint32_t seed) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) {
    seed = seed * 1664525u + 1013904223u;
    value = static_cast<float>(seed >> 8) * 0x1p-23f - 1.0f;
  }
  return values;
}

/// A state that holds them.
inline State filled(const Device& device, const Shape& shape, std::uint32_t seed) {
  const State state(device, "input", {shape, DType::kF32});
  state.write(numbers(shape.elements(), seed));
  return state;
}

}  // namespace betwixt::ops_test
