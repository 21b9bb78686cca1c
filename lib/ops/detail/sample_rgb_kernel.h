// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/ops/detail/sample_kernel.h"
#include "betwixt/ops/detail/vector_kernel.h"

// For kernel files: sampling pictures of three channels in f32 with vectors that hold both pixels of a row, because
// those lie side by side. Where the instruction set lacks such vectors, blend_rgb does no point and kScattersPairs says
// so.

namespace betwixt::BETWIXT_ISA {
namespace {

#if defined(__AVX512F__) && defined(__GNUC__)
/// Rows at `top`, for two points: both pixels of the first in the lower half, of the second in the upper.
inline __m512 pixel_pairs(const float* first, const float* second) {
  const __m256d upper = _mm256_loadu_pd(reinterpret_cast<const double*>(second));
  return _mm512_castpd_ps(
      _mm512_insertf64x4(_mm512_castps_pd(_mm512_castps256_ps512(_mm256_loadu_ps(first))), upper, 1));
}

/// Blended vertically between the row at `first`, `second` and the row `line` elements behind.
inline __m512 blend_down(const float* first, const float* second, std::int64_t line, __m512 below) {
  const __m512 top = pixel_pairs(first, second);
  const __m512 bottom = pixel_pairs(first + line, second + line);
  return _mm512_fmadd_ps(below, _mm512_sub_ps(bottom, top), top);
}

/// Bilinear values of the points [0, count) of a block that lies inside the picture, in fours; eight elements from
/// every first pixel on may be read, and so may those a row below. Returns how many points are done.
inline int blend_rgb(const Corners<float>& at, int count, const float* picture, std::int64_t width, float* to) {
  const std::int64_t line = 3 * width;
  __m512i pair_of[2] = {_mm512_set_epi32(1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0),
                        _mm512_set_epi32(3, 3, 3, 3, 3, 3, 3, 3, 2, 2, 2, 2, 2, 2, 2, 2)};
  __m512i left = _mm512_set_epi32(0, 0, 0, 0, 26, 25, 24, 18, 17, 16, 10, 9, 8, 2, 1, 0);
  __m512i right = _mm512_add_epi32(left, _mm512_set1_epi32(3));
  __m512i point_of = _mm512_set_epi32(0, 0, 0, 0, 3, 3, 3, 2, 2, 2, 1, 1, 1, 0, 0, 0);
  // Kept in registers: GCC would load them again for every four points, and loads are what there are too many of.
  asm("" : "+v"(pair_of[0]), "+v"(pair_of[1]), "+v"(left), "+v"(right), "+v"(point_of));
  int i = 0;
  for (; i + 4 <= count; i += 4) {
    const float* p[4];
    for (int k = 0; k < 4; ++k) p[k] = picture + std::int64_t{at.pixel[i + k]} * 3;
    const __m512 below = _mm512_castps128_ps512(_mm_loadu_ps(at.below + i));
    const __m512 first = blend_down(p[0], p[1], line, _mm512_permutexvar_ps(pair_of[0], below));
    const __m512 second = blend_down(p[2], p[3], line, _mm512_permutexvar_ps(pair_of[1], below));
    const __m512 from = _mm512_permutex2var_ps(first, left, second);
    const __m512 change = _mm512_sub_ps(_mm512_permutex2var_ps(first, right, second), from);
    const __m512 across = _mm512_permutexvar_ps(point_of, _mm512_castps128_ps512(_mm_loadu_ps(at.right + i)));
    _mm512_mask_storeu_ps(to + 3 * i, 0x0fff, _mm512_fmadd_ps(across, change, from));
  }
  return i;
}
#else
inline int blend_rgb(const Corners<float>&, int, const float*, std::int64_t, float*) { return 0; }
#endif

template <class T>
int blend_rgb(const Corners<T>&, int, const T*, std::int64_t, T*) {
  return 0;
}

#if defined(__AVX2__) && defined(__FMA__)
/// to += weight[0] d for one pixel and weight[1] d for the next, d in lanes 0 to 2 and 3 to 5.
inline void add_pair(float* to, float weight0, float weight1, __m256 d) {
  const __m256i six = _mm256_set_epi32(0, 0, -1, -1, -1, -1, -1, -1);
  const __m256 weight = _mm256_blend_ps(_mm256_set1_ps(weight0), _mm256_set1_ps(weight1), 0xf8);
  _mm256_maskstore_ps(to, six, _mm256_fmadd_ps(weight, d, _mm256_maskload_ps(to, six)));
}

/// Adds point i to those of its four pixels, two and two of which are neighbours in a row, whose rows lie in
/// [low, high).
inline void scatter_rgb(const PixelTaps<float, 2>& taps, int i, const float* dy, std::int64_t low, std::int64_t high,
                        float* picture) {
  const __m128 lanes = _mm_maskload_ps(dy + 3 * i, _mm_set_epi32(0, -1, -1, -1));
  const __m256 d = _mm256_permutevar8x32_ps(_mm256_castps128_ps256(lanes), _mm256_set_epi32(3, 3, 2, 1, 0, 2, 1, 0));
  for (int k = 0; k < 4; k += 2) {
    const std::int64_t pixel = taps.pixel[k][i];
    if (pixel >= low && pixel < high) add_pair(picture + pixel * 3, taps.weight[k][i], taps.weight[k + 1][i], d);
  }
}
constexpr bool kScattersPairs = true;
#else
inline void scatter_rgb(const PixelTaps<float, 2>&, int, const float*, std::int64_t, std::int64_t, float*) {}
constexpr bool kScattersPairs = false;
#endif

/// The right taps of all points are the next pixels of the left ones.
inline bool are_pairs(const PixelTaps<float, 2>& taps, int count) {
  std::int32_t apart = 0;
  for (int i = 0; i < count; ++i)
    apart |= (taps.pixel[1][i] - taps.pixel[0][i] - 1) | (taps.pixel[3][i] - taps.pixel[2][i] - 1);
  return apart == 0;
}

}  // namespace
}  // namespace betwixt::BETWIXT_ISA
