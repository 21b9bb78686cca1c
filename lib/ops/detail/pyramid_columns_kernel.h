// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/ops/detail/prefetch_kernel.h"
#include "betwixt/ops/detail/pyramid_rgb_kernel.h"
#include "betwixt/ops/detail/pyramid_table.h"

// For kernel files: pictures of three channels that grow and lie in a core's caches, column by column. What a row needs
// of the rows beside it stays in registers on the way down.

namespace betwixt::BETWIXT_ISA {
namespace {

/// A picture that grows, mirrored at every border.
template <class T>
struct GrowingPicture {
  const PyramidMap& map;
  T sign;         ///< 1 or -1
  const T* from;  ///< the source
  const T* base;  ///< is added; may be null
  T* to;
  T* beyond;  ///< a row of scratch: what would follow below a target of odd height
};

#if defined(__AVX512F__) && defined(__GNUC__)
/// The sixteen results of a column in two rows.
struct ColumnRows {
  const float* base[2];
  float* to[2];
  std::uint16_t lanes[3];  ///< those inside the picture

  void advance(std::int64_t elements) {
    for (int i = 0; i < 2; ++i) base[i] += elements, to[i] += elements;
  }
};

/// base + weight * value for vector i of a row.
template <int kPlace, bool kHasBase>
EIGEN_ALWAYS_INLINE void add_weighted(const ColumnRows& rows, int row, int i, float weight, __m512 value) {
  constexpr bool kAtEnd = (kPlace & kLast) != 0;
  const float* base = rows.base[row] + 16 * i;
  float* to = rows.to[row] + 16 * i;
  const __m512 weights = _mm512_set1_ps(weight);
  __m512 sum;
  if (!kHasBase)
    sum = _mm512_mul_ps(weights, value);
  else if (kAtEnd)
    sum = _mm512_fmadd_ps(weights, value, _mm512_maskz_loadu_ps(rows.lanes[i], base));
  else
    sum = _mm512_fmadd_ps(weights, value, _mm512_loadu_ps(base));
  if (kAtEnd)
    _mm512_mask_storeu_ps(to, rows.lanes[i], sum);
  else
    _mm512_storeu_ps(to, sum);
}

/// The two rows of results between three widened rows.
template <int kPlace, bool kHasBase>
EIGEN_ALWAYS_INLINE void grow_column_rows(const ColumnRows& rows, float scale, const __m512 (&above)[3],
                                          const __m512 (&here)[3], const __m512 (&below)[3]) {
  for (int i = 0; i < 3; ++i) {
    const __m512 sides = _mm512_add_ps(above[i], below[i]);
    add_weighted<kPlace, kHasBase>(rows, 0, i, scale, _mm512_fmadd_ps(_mm512_set1_ps(6), here[i], sides));
    add_weighted<kPlace, kHasBase>(rows, 1, i, 4 * scale, _mm512_add_ps(here[i], below[i]));
  }
}

/// The first two rows of the column that starts at source `s`.
template <bool kHasBase>
ColumnRows first_rows(const GrowingPicture<float>& p, std::int64_t s) {
  const std::int64_t line = 3 * p.map.target[2], left = line - 6 * s;
  const float* base = (kHasBase ? p.base : p.to) + 6 * s;
  float* to = p.to + 6 * s;
  return {{base, base + line},
          {to, to + line},
          {bits_between(0, left), bits_between(0, left - 16), bits_between(0, left - 32)}};
}

/// Asks for a column's results `elements` behind a row: a store to a line that is not in the first-level cache holds up
/// those behind it.
inline void prefetch_column(const float* row, std::int64_t elements) {
  prefetch_lines(reinterpret_cast<std::uintptr_t>(row) + static_cast<std::uintptr_t>(elements) * sizeof(float), 192);
}

/// What eight sources from `s` on become in every row.
template <int kPlace, bool kHasBase>
EIGEN_DONT_INLINE void grow_column(const GrowingPicture<float>& p, std::int64_t s) {
  const std::int64_t height = p.map.source[1], width = p.map.source[2], line = 3 * p.map.target[2];
  const float scale = p.sign * static_cast<float>(p.map.gain * p.map.gain);
  const RowRange range{0, width, width, true, p.map.target[2] % 2 == 0};
  const RowRange::Last lanes[] = {RowRange::last_lanes(3 * (width - s)), RowRange::last_lanes(3 * (width - s) - 8)};
  const float* from = p.from + 3 * s;
  ColumnRows rows = first_rows<kHasBase>(p, s);
  __m512 above[3], here[3], below[3];
  widen_eight_rgb<kPlace>(range, lanes, from + 3 * width, above);
  widen_eight_rgb<kPlace>(range, lanes, from, here);
  for (std::int64_t y = 1; y < height; ++y) {
    widen_eight_rgb<kPlace>(range, lanes, from + 3 * width * y, below);
    for (const float* row : rows.to) prefetch_column(row, 4 * line);
    grow_column_rows<kPlace, kHasBase>(rows, scale, above, here, below);
    for (int i = 0; i < 3; ++i) above[i] = here[i], here[i] = below[i];
    rows.advance(2 * line);
  }
  const bool is_odd = p.map.target[1] % 2 != 0;
  if (is_odd) rows.base[1] = rows.base[0], rows.to[1] = p.beyond;
  grow_column_rows<kPlace, kHasBase>(rows, scale, above, here, is_odd ? above : here);
}

template <bool kHasBase>
void grow_columns_of(const GrowingPicture<float>& p) {
  const std::int64_t sources = p.map.source[2];
  if (sources <= 8) return grow_column<kFirst | kLast, kHasBase>(p, 0);
  grow_column<kFirst, kHasBase>(p, 0);
  std::int64_t s = 8;
  for (; s + 8 < sources; s += 8) grow_column<kInside, kHasBase>(p, s);
  grow_column<kLast, kHasBase>(p, s);
}

/// All of the picture; for maps of is_mirrored_rgb().
inline void grow_columns(const GrowingPicture<float>& p) {
  if (p.base != nullptr) return grow_columns_of<true>(p);
  grow_columns_of<false>(p);
}
#endif

template <class T>
void grow_columns(const GrowingPicture<T>&) {}

}  // namespace
}  // namespace betwixt::BETWIXT_ISA
