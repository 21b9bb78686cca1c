// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

// For kernel files: asking for memory before it is needed. A core's own prefetchers stop at every page and keep fewer
// lines on their way than the path to the shared cache has room for.

namespace betwixt::BETWIXT_ISA {
namespace {

constexpr std::int64_t kAhead = 2048;  ///< bytes

/// The cache that lines are asked for into, as __builtin_prefetch counts.
constexpr int kToFirstLevel = 3;
constexpr int kToSecondLevel = 2;

/// Asks for the lines of [from, from + bytes). Nothing happens where there is no memory.
template <int kLevel = kToFirstLevel>
inline void prefetch_lines([[maybe_unused]] std::uintptr_t from, [[maybe_unused]] std::int64_t bytes) {
#if defined(__GNUC__)
  for (std::int64_t i = 0; i < bytes; i += 64)
    __builtin_prefetch(reinterpret_cast<const void*>(from + static_cast<std::uintptr_t>(i)), 0, kLevel);
#endif
}
/// Asks for lines that will be written, half of kAhead behind `to`.
inline void prefetch_to_write([[maybe_unused]] const void* to, [[maybe_unused]] std::int64_t bytes) {
#if defined(__GNUC__)
  const auto from = reinterpret_cast<std::uintptr_t>(to) + kAhead / 2;
  for (std::int64_t i = 0; i < bytes; i += 64)
    __builtin_prefetch(reinterpret_cast<const void*>(from + static_cast<std::uintptr_t>(i)), 1, kToFirstLevel);
#endif
}
/// The same kAhead behind `from`.
inline void prefetch_ahead(const void* from, std::int64_t bytes) {
  prefetch_lines(reinterpret_cast<std::uintptr_t>(from) + kAhead, bytes);
}

}  // namespace
}  // namespace betwixt::BETWIXT_ISA
