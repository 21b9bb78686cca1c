// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>
#include <cstdint>

#include "betwixt/ops/detail/pyramid_table.h"

#if defined(__AVX512F__)
#include <immintrin.h>
#endif

// For kernel files: one row of three channels along the horizontal axis of a pyramid op.

namespace betwixt::BETWIXT_ISA {
namespace {

/// The weights [1 4 6 4 1] * gain.
template <class T>
struct Filter {
  T outer, next, centre;
  explicit Filter(double gain)
      : outer(static_cast<T>(gain)), next(static_cast<T>(4 * gain)), centre(static_cast<T>(6 * gain)) {}
};

/// Whether the kernels for a picture of three channels that is mirrored at every border are there for a map of this
/// pattern: pyramid_columns_kernel.h where it grows, pyramid_strips_kernel.h where it shrinks.
template <class T>
bool is_mirrored_rgb([[maybe_unused]] const PyramidMap& map, [[maybe_unused]] PyramidPattern pattern) {
#if defined(__AVX512F__) && defined(__GNUC__)
  return sizeof(T) == sizeof(float) && map.pattern == pattern && map.source[3] == 3 && map.axes[0].mirrors &&
         map.axes[1].mirrors;
#else
  return false;
#endif
}

/// Bits [begin, end) of sixteen as far as there are such.
inline std::uint16_t bits_between(std::int64_t begin, std::int64_t end) {
  const auto below = [](std::int64_t i) { return i <= 0 ? 0U : i >= 16 ? 0xffffU : (1U << i) - 1; };
  return static_cast<std::uint16_t>(below(end) & ~below(begin));
}

/// What grow_rgb computes of a row: pairs of results from `begin` to `end`.
struct RowRange {
  std::int64_t begin, end;
  std::int64_t sources;   ///< pixels
  bool whole;             ///< all of them: what lies outside is mirrored as PyramidAxis::mirrors says
  bool doubles_the_last;  ///< behind the last source comes the last once more

  /// Lanes of the last vectors of a row: of the pixel itself, of its left and its right neighbour those that may be
  /// read, and those that the row's last pixel is in.
  struct Last {
    std::uint16_t here, left, right, pixel;
  };
  /// `first` lanes of sources are readable from the first lane on.
  static Last last_lanes(std::int64_t first) {
    return {bits_between(0, first), bits_between(0, first + 3), bits_between(0, first - 3),
            bits_between(first - 3, first)};
  }
};

#if defined(__AVX512F__) && defined(__GNUC__)
/// Every other pixel of three channels, five of them in lanes 0 to 14, of what `low` and `high` hold: kFirst floats
/// behind low's first the first, kApart floats from low's first to high's.
template <int kFirst, int kApart>
inline __m512 every_other_rgb(__m512 low, __m512 high) {
  constexpr auto lane = [](int pixel, int channel) {
    const int at = kFirst + 6 * pixel + channel;
    return at < 16 ? at : 16 + at - kApart;
  };
  const __m512i lanes =
      _mm512_set_epi32(0, lane(4, 2), lane(4, 1), lane(4, 0), lane(3, 2), lane(3, 1), lane(3, 0), lane(2, 2),
                       lane(2, 1), lane(2, 0), lane(1, 2), lane(1, 1), lane(1, 0), lane(0, 2), lane(0, 1), lane(0, 0));
  return _mm512_permutex2var_ps(low, lanes, high);
}

/// Where a vector of results lies in a row.
enum Place { kInside = 0, kFirst = 1, kLast = 2 };

/// Results of shrink_inner, five from x on. The loads overlap such that every tap's five pixels lie in two of them.
EIGEN_ALWAYS_INLINE void shrink_five_rgb(const Filter<float>& f, std::int64_t x, std::uint16_t lanes, const float* from,
                                         float* to) {
  const float* at = from + 6 * x - 6;
  const __m512 low = _mm512_loadu_ps(at), middle = _mm512_loadu_ps(at + 7), high = _mm512_loadu_ps(at + 16);
  const __m512 higher = _mm512_loadu_ps(at + 17), highest = _mm512_loadu_ps(at + 23);
  const __m512 outer = _mm512_add_ps(every_other_rgb<0, 16>(low, high), every_other_rgb<5, 16>(middle, highest));
  const __m512 next = _mm512_add_ps(every_other_rgb<3, 16>(low, high), every_other_rgb<2, 16>(middle, highest));
  __m512 sum = _mm512_mul_ps(_mm512_set1_ps(f.outer), outer);
  sum = _mm512_fmadd_ps(_mm512_set1_ps(f.next), next, sum);
  sum = _mm512_fmadd_ps(_mm512_set1_ps(f.centre), every_other_rgb<6, 17>(low, higher), sum);
  _mm512_mask_storeu_ps(to + 3 * x, lanes, sum);
}

/// Results [begin, end) of shrink_inner.
EIGEN_DONT_INLINE bool shrink_rgb(Filter<float> f, std::int64_t begin, std::int64_t end, const float* from, float* to) {
  std::int64_t x = begin;
  for (; x + 5 < end; x += 5) shrink_five_rgb(f, x, bits_between(0, 15), from, to);
  if (x < end) shrink_five_rgb(f, x, bits_between(0, 3 * (end - x)), from, to);
  return true;
}

/// Sixteen pixels, the pairs of grow_inner / gain of eight sources from `from` on; behind the last ones follow lanes
/// without meaning.
template <int kPlace>
EIGEN_ALWAYS_INLINE void widen_eight_rgb(const RowRange& range, const RowRange::Last (&lanes)[2], const float* from,
                                         __m512 (&pairs)[3]) {
  const __m512i mirrored = _mm512_set_epi32(12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 5, 4, 3);
  const __m512i first = _mm512_set_epi32(22, 8, 7, 6, 21, 20, 19, 5, 4, 3, 18, 17, 16, 2, 1, 0);
  // Even results from the ninth on, odd ones from the first on.
  const __m512i second = _mm512_set_epi32(8, 7, 30, 29, 28, 6, 5, 4, 27, 26, 25, 3, 2, 1, 24, 23);
  const __m512i third = _mm512_set_epi32(31, 30, 29, 15, 14, 13, 28, 27, 26, 12, 11, 10, 25, 24, 23, 9);
  const __m512 next = _mm512_set1_ps(4), centre = _mm512_set1_ps(6);
  __m512 even[2], odd[2];
  for (int half = 0; half < 2; ++half) {
    const float* at = from + 8 * half;
    constexpr bool kAtEnd = (kPlace & kLast) != 0;
    const __m512 here = kAtEnd ? _mm512_maskz_loadu_ps(lanes[half].here, at) : _mm512_loadu_ps(at);
    __m512 right = kAtEnd ? _mm512_maskz_loadu_ps(lanes[half].right, at + 3) : _mm512_loadu_ps(at + 3);
    __m512 left;
    if ((kPlace & kFirst) != 0 && half == 0 && range.whole)
      left = _mm512_permutexvar_ps(mirrored, here);
    else
      left = kAtEnd ? _mm512_maskz_loadu_ps(lanes[half].left, at - 3) : _mm512_loadu_ps(at - 3);
    if (kAtEnd && range.whole)
      right = _mm512_mask_mov_ps(right, lanes[half].pixel, range.doubles_the_last ? here : left);
    even[half] = _mm512_fmadd_ps(centre, here, _mm512_add_ps(left, right));
    odd[half] = _mm512_mul_ps(next, _mm512_add_ps(here, right));
  }
  pairs[0] = _mm512_permutex2var_ps(even[0], first, odd[0]);
  pairs[1] = _mm512_permutex2var_ps(even[1], second, odd[0]);
  pairs[2] = _mm512_permutex2var_ps(even[1], third, odd[1]);
}

template <int kPlace>
EIGEN_ALWAYS_INLINE void grow_eight_rgb(const Filter<float>& f, const RowRange& range, const RowRange::Last (&lanes)[2],
                                        std::int64_t s, const float* from, float* to) {
  __m512 pairs[3];
  widen_eight_rgb<kPlace>(range, lanes, from + 3 * s, pairs);
  for (int i = 0; i < 3; ++i) _mm512_storeu_ps(to + 6 * s + 16 * i, _mm512_mul_ps(_mm512_set1_ps(f.outer), pairs[i]));
}

EIGEN_DONT_INLINE bool grow_rgb(Filter<float> f, RowRange range, const float* from, float* to) {
  std::int64_t s = range.begin;
  // Eight pairs read nine sources.
  const std::int64_t blocks = (range.end - s + 7) / 8;
  const std::int64_t readable = 3 * (range.sources - s - 8 * (blocks - 1));
  const RowRange::Last lanes[] = {RowRange::last_lanes(readable), RowRange::last_lanes(readable - 8)};
  if (blocks <= 1) {
    if (s < range.end) grow_eight_rgb<kFirst | kLast>(f, range, lanes, s, from, to);
    return true;
  }
  grow_eight_rgb<kFirst>(f, range, lanes, s, from, to);
  for (s += 8; s + 8 < range.end; s += 8) grow_eight_rgb<kInside>(f, range, lanes, s, from, to);
  grow_eight_rgb<kLast>(f, range, lanes, s, from, to);
  return true;
}
#endif

/// Whether the work was done.
template <class T>
bool shrink_rgb(const Filter<T>&, std::int64_t, std::int64_t, const T*, T*) {
  return false;
}
template <class T>
bool grow_rgb(const Filter<T>&, const RowRange&, const T*, T*) {
  return false;
}

}  // namespace
}  // namespace betwixt::BETWIXT_ISA
