// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

// For kernel files: how much of a loop one chunk of the thread pool takes, from shapes only.

namespace betwixt::BETWIXT_ISA {

/// Elements a chunk should cover at least: below this the threads cost more than they bring.
constexpr std::int64_t kChunkElements = 1 << 16;

/// Items of `elements` elements each that make one chunk.
inline std::int64_t chunk_of(std::int64_t elements) {
  if (elements <= 0) return kChunkElements;
  return elements >= kChunkElements ? 1 : (kChunkElements + elements - 1) / elements;
}

}  // namespace betwixt::BETWIXT_ISA
