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

/// The same for `count` items in all, evened out: no thread is left with a chunk while others have none.
inline std::int64_t even_chunk(std::int64_t count, std::int64_t elements) {
  const std::int64_t wanted = chunk_of(elements);
  const std::int64_t chunks = (count + wanted / 2) / wanted;
  return chunks <= 1 ? count : (count + chunks - 1) / chunks;
}

}  // namespace betwixt::BETWIXT_ISA
