// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>

#include "betwixt/core/philox.h"

namespace betwixt::detail {

/// Uniform numbers for scene factors. Item i draws from its own place in the stream: the first n items of a longer set
/// are the same.
class SceneNumbers {
 public:
  SceneNumbers(const RandomStream& stream, std::int64_t item)
      : key_(stream.key()), item_(static_cast<std::uint32_t>(item)) {}

  double between(double low, double high) {
    if (used_ % 4 == 0) words_ = philox({used_ / 4, item_, 0, 0}, key_);
    return low + (high - low) * (words_[used_++ % 4] * 0x1p-32);
  }

 private:
  std::array<std::uint32_t, 2> key_;
  std::uint32_t item_;
  std::uint32_t used_ = 0;
  std::array<std::uint32_t, 4> words_{};
};

}  // namespace betwixt::detail
