// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/ops/detail/four_lanes_kernel.h"
#include "betwixt/ops/detail/pyramid_table.h"
#include "betwixt/ops/detail/vector_kernel.h"

// For kernel files: one row of a pyramid op along its horizontal axis.

namespace betwixt::BETWIXT_ISA {
namespace {

/// Results [begin, end) of a horizontal axis one by one. kChannels 0: any number.
template <int kChannels, class T>
void blend_pixels(const PyramidAxis& axis, std::int64_t begin, std::int64_t end, std::int64_t channels, const T* from,
                  T* to) {
  constexpr int kGroup = kChannels > 0 ? kChannels : 1;
  const std::int64_t length = kChannels > 0 ? kChannels : channels;
  for (std::int64_t x = begin; x < end; ++x) {
    const ResizeAxis::Row& row = axis.table.rows.data()[x];
    const double* weights = axis.table.weights.data() + row.offset;
    for (std::int64_t c = 0; c < length; c += kGroup) {
      const T* at = from + row.start * length + c;
      T sum[kGroup] = {};
      for (std::int32_t k = 0; k < row.count; ++k)
        for (int g = 0; g < kGroup; ++g) sum[g] += static_cast<T>(weights[k]) * at[k * length + g];
      for (int g = 0; g < kGroup; ++g) to[x * length + c + g] = sum[g];
    }
  }
}

/// The weights [1 4 6 4 1] * gain.
template <class T>
struct Filter {
  T outer, next, centre;
  explicit Filter(double gain)
      : outer(static_cast<T>(gain)), next(static_cast<T>(4 * gain)), centre(static_cast<T>(6 * gain)) {}
};

template <class T>
void same_inner(const Filter<T>& f, std::int64_t begin, std::int64_t end, std::int64_t c, const T* from,
                T* __restrict to) {
  for (std::int64_t i = begin * c; i < end * c; ++i)
    to[i] = f.outer * (from[i - 2 * c] + from[i + 2 * c]) + f.next * (from[i - c] + from[i + c]) + f.centre * from[i];
}

#if defined(__AVX512F__) && defined(__GNUC__)
/// Pixels 0, 2, 4, 6 and 8 from `at` on, in lanes 0 to 14.
inline __m512 every_other_rgb(const float* at) {
  const __m512i lanes = _mm512_set_epi32(0, 31, 30, 29, 25, 24, 23, 14, 13, 12, 8, 7, 6, 2, 1, 0);
  return _mm512_permutex2var_ps(_mm512_loadu_ps(at), lanes, _mm512_loadu_ps(at + 11));
}

/// Results of shrink_inner in fives; returns the first that is left.
inline std::int64_t shrink_rgb(const Filter<float>& f, std::int64_t begin, std::int64_t end, const float* from,
                               float* to) {
  const __m512 outer = _mm512_set1_ps(f.outer), next = _mm512_set1_ps(f.next), centre = _mm512_set1_ps(f.centre);
  std::int64_t x = begin;
  for (; x + 5 <= end; x += 5) {
    const float* at = from + 6 * x;
    __m512 sum = _mm512_mul_ps(outer, _mm512_add_ps(every_other_rgb(at - 6), every_other_rgb(at + 6)));
    sum = _mm512_fmadd_ps(next, _mm512_add_ps(every_other_rgb(at - 3), every_other_rgb(at + 3)), sum);
    _mm512_mask_storeu_ps(to + 3 * x, 0x7fff, _mm512_fmadd_ps(centre, every_other_rgb(at), sum));
  }
  return x;
}

/// Pairs of results of grow_inner, from source pixels [begin, end) in fives; returns the first that is left.
inline std::int64_t grow_rgb(const Filter<float>& f, std::int64_t begin, std::int64_t end, const float* from,
                             float* to) {
  const __m512i low = _mm512_set_epi32(22, 8, 7, 6, 21, 20, 19, 5, 4, 3, 18, 17, 16, 2, 1, 0);
  const __m512i high = _mm512_set_epi32(0, 0, 30, 29, 28, 14, 13, 12, 27, 26, 25, 11, 10, 9, 24, 23);
  const __m512 outer = _mm512_set1_ps(f.outer), next = _mm512_set1_ps(f.next), centre = _mm512_set1_ps(f.centre);
  std::int64_t s = begin;
  for (; s + 5 <= end; s += 5) {
    const float* at = from + 3 * s;
    const __m512 middle = _mm512_loadu_ps(at);
    const __m512 right = _mm512_maskz_loadu_ps(0x7fff, at + 3);  // a sixteenth lane may lie behind the picture
    const __m512 sides = _mm512_mul_ps(outer, _mm512_add_ps(_mm512_loadu_ps(at - 3), right));
    const __m512 even = _mm512_fmadd_ps(centre, middle, sides);
    const __m512 odd = _mm512_mul_ps(next, _mm512_add_ps(middle, right));
    _mm512_storeu_ps(to + 6 * s, _mm512_permutex2var_ps(even, low, odd));
    _mm512_mask_storeu_ps(to + 6 * s + 16, 0x3fff, _mm512_permutex2var_ps(even, high, odd));
  }
  return s;
}
#else
inline std::int64_t shrink_rgb(const Filter<float>&, std::int64_t begin, std::int64_t, const float*, float*) {
  return begin;
}
inline std::int64_t grow_rgb(const Filter<float>&, std::int64_t begin, std::int64_t, const float*, float*) {
  return begin;
}
#endif

template <class T>
std::int64_t shrink_rgb(const Filter<T>&, std::int64_t begin, std::int64_t, const T*, T*) {
  return begin;
}
template <class T>
std::int64_t grow_rgb(const Filter<T>&, std::int64_t begin, std::int64_t, const T*, T*) {
  return begin;
}

/// `from` must be readable four lanes behind its end.
template <int kChannels, class T>
void shrink_inner(const Filter<T>& f, std::int64_t begin, std::int64_t end, std::int64_t channels, const T* from,
                  T* __restrict to) {
  const std::int64_t c = kChannels > 0 ? kChannels : channels;
  if constexpr (kChannels == 3 || kChannels == 4) {
    // With three channels the fourth lane is overwritten by the next pixel: the last one of a row is never inner.
    for (std::int64_t x = kChannels == 3 ? shrink_rgb(f, begin, end, from, to) : begin; x < end; ++x) {
      const T* at = from + 2 * x * c;
      store4<T>(to + x * c, f.outer * (load4(at - 2 * c) + load4(at + 2 * c)) +
                                f.next * (load4(at - c) + load4(at + c)) + f.centre * load4(at));
    }
  } else {
    for (std::int64_t x = begin; x < end; ++x)
      for (std::int64_t k = 0; k < c; ++k) {
        const T* at = from + 2 * x * c + k;
        to[x * c + k] = f.outer * (at[-2 * c] + at[2 * c]) + f.next * (at[-c] + at[c]) + f.centre * at[0];
      }
  }
}

/// Pairs of results; begin and end are even.
template <int kChannels, class T>
void grow_inner(const Filter<T>& f, std::int64_t begin, std::int64_t end, std::int64_t channels, const T* from,
                T* __restrict to) {
  const std::int64_t c = kChannels > 0 ? kChannels : channels;
  std::int64_t s = kChannels == 3 ? grow_rgb(f, begin / 2, end / 2, from, to) : begin / 2;
  if constexpr (kChannels == 3 || kChannels == 4) {
    // Nothing is read behind the source row: with three channels the last pair is left to the loop below.
    for (const std::int64_t last = end / 2 - (kChannels == 3 ? 1 : 0); s < last; ++s) {
      const Four<T> middle = load4(from + s * c);
      const Four<T> right = load4(from + (s + 1) * c);
      store4<T>(to + 2 * s * c, f.outer * (load4(from + (s - 1) * c) + right) + f.centre * middle);
      store4<T>(to + (2 * s + 1) * c, f.next * (middle + right));
    }
  }
  for (; s < end / 2; ++s)
    for (std::int64_t k = 0; k < c; ++k) {
      const T* at = from + s * c + k;
      to[2 * s * c + k] = f.outer * (at[-c] + at[c]) + f.centre * at[0];
      to[(2 * s + 1) * c + k] = f.next * (at[0] + at[c]);
    }
}

}  // namespace
}  // namespace betwixt::BETWIXT_ISA
