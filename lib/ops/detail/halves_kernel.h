// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/ops/detail/independent_kernel.h"
#include "betwixt/ops/detail/prefetch_kernel.h"
#include "betwixt/ops/detail/stream_kernel.h"
#include "betwixt/ops/detail/vector_kernel.h"

// For kernel files: between a picture and one of half its height and width, where every pixel of the small one stands
// for two by two of the large one. All functions do one row of the small picture.

namespace betwixt::BETWIXT_ISA {
namespace {

/// Two rows of a large picture, `line` elements apart, over one row of `width` pixels.
struct Halves {
  std::int64_t line, width, channels;
};

/// Calls body(offset in the large row, in the small row) for every pixel of the small row.
template <class T, class Body>
void for_halves(const Halves& size, const T* large, const Body& body) {
  const auto bytes = static_cast<std::int64_t>(sizeof(T)) * 2 * size.channels;
  for (std::int64_t x = 0; x < size.width; ++x) {
    const std::int64_t at = 2 * x * size.channels;
    prefetch_ahead(large + at, bytes);
    prefetch_ahead(large + size.line + at, bytes);
    body(at, x * size.channels);
  }
}

/// small = scale * (sum of four).
template <class T>
void sum_halves(const Halves& size, const T* large, T scale, T* small) {
  const std::int64_t c = size.channels;
  for_halves(size, large, [=, line = size.line](std::int64_t from, std::int64_t to) {
    const T* a = large + from;
    const T* b = a + line;
    BETWIXT_INDEPENDENT
    for (std::int64_t i = 0; i < c; ++i) small[to + i] = (a[i] + a[c + i] + b[i] + b[c + i]) * scale;
  });
}

/// All four = f(small). kPast: past the caches; needs whole vectors of channels and an aligned picture.
template <bool kPast, class T, class F>
void spread_vectors(const Halves& size, const T* small, const F& f, T* large) {
  const std::int64_t c = size.channels;
  const std::int64_t offsets[4] = {0, c, size.line, size.line + c};
  for (std::int64_t x = 0; x < size.width; ++x, small += c, large += 2 * c) {
    prefetch_ahead(small, c * static_cast<std::int64_t>(sizeof(T)));
    for (std::int64_t i = 0; i < c; i += kLanes<T>) {
      const Vector<T> value = f(load(small + i));
      for (const std::int64_t offset : offsets)
        kPast ? store_past(large + offset + i, value) : store(large + offset + i, value);
    }
  }
}

template <class T, class F>
void spread_halves(const Halves& size, const T* small, const F& f, bool past, T* large) {
  const std::int64_t c = size.channels;
  if (c % kLanes<T> == 0) {
    if (!past || !is_vector_aligned(large)) return spread_vectors<false>(size, small, f, large);
    spread_vectors<true>(size, small, f, large);
    return end_streaming();
  }
  for (std::int64_t x = 0; x < size.width; ++x)
    for (std::int64_t i = 0; i < c; ++i) {
      T* to = large + 2 * x * c + i;
      to[0] = to[c] = to[size.line] = to[size.line + c] = f(small[x * c + i]);
    }
}

}  // namespace
}  // namespace betwixt::BETWIXT_ISA
