// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/ops/detail/pyramid_rgb_kernel.h"
#include "betwixt/ops/detail/pyramid_table.h"

// For kernel files: rows of three channels that shrink, mirrored at every border. The rows of the picture are added up
// into two strips, one of the pixels of even index and one of the others: what a result needs of its neighbours is then
// a plain vector at another address.

namespace betwixt::BETWIXT_ISA {
namespace {

/// Of a row: the pixels of even and those of odd index, from kPyramidStripMargin behind a strip's begin on.
template <class T>
struct Strips {
  T *even, *odd;
};

#if defined(__AVX512F__) && defined(__GNUC__)
/// Eight pixels into each strip; the lanes without meaning behind them are overwritten by the next eight.
EIGEN_ALWAYS_INLINE void split_sixteen(const __m512 (&pixels)[3], float* even, float* odd) {
  _mm512_storeu_ps(even, every_other_rgb<0, 16>(pixels[0], pixels[1]));
  _mm512_storeu_ps(even + 15, every_other_rgb<14, 16>(pixels[1], pixels[2]));
  _mm512_storeu_ps(odd, every_other_rgb<3, 16>(pixels[0], pixels[1]));
  _mm512_storeu_ps(odd + 15, every_other_rgb<17, 16>(pixels[1], pixels[2]));
}

/// [1 4 6 4 1].
EIGEN_ALWAYS_INLINE __m512 five_taps(__m512 a, __m512 b, __m512 c, __m512 d, __m512 e) {
  const __m512 sides = _mm512_fmadd_ps(_mm512_set1_ps(4), _mm512_add_ps(b, d), _mm512_add_ps(a, e));
  return _mm512_fmadd_ps(_mm512_set1_ps(6), c, sides);
}

/// Two sums down of sixteen pixels, of which `readable` floats are inside the picture.
template <bool kAtEnd>
EIGEN_ALWAYS_INLINE void split_two_sixteen(const float* const (&rows)[7], std::int64_t at, std::int64_t readable,
                                           const Strips<float> (&to)[2]) {
  __m512 sums[2][3];
  for (int i = 0; i < 3; ++i) {
    __m512 row[7];
    for (int k = 0; k < 7; ++k) {
      const float* from = rows[k] + at + 16 * i;
      row[k] = kAtEnd ? _mm512_maskz_loadu_ps(bits_between(0, readable - 16 * i), from) : _mm512_loadu_ps(from);
    }
    sums[0][i] = five_taps(row[0], row[1], row[2], row[3], row[4]);
    sums[1][i] = five_taps(row[2], row[3], row[4], row[5], row[6]);
  }
  for (int k = 0; k < 2; ++k) split_sixteen(sums[k], to[k].even + at / 2, to[k].odd + at / 2);
}

/// The sums down of rows 0 to 4 and of rows 2 to 6 of `width` pixels.
EIGEN_DONT_INLINE void split_two_rows(const float* const (&given)[7], std::int64_t width, Strips<float> first,
                                      Strips<float> second) {
  const float* const rows[] = {given[0], given[1], given[2], given[3], given[4], given[5], given[6]};
  const Strips<float> to[] = {first, second};
  std::int64_t x = 0;
  for (; x + 16 <= width; x += 16) split_two_sixteen<false>(rows, 3 * x, 0, to);
  if (x < width) split_two_sixteen<true>(rows, 3 * x, 3 * (width - x), to);
}

/// `results` floats of a row, from strips that go on on both sides of it.
EIGEN_DONT_INLINE void blend_strips(Strips<float> from, std::int64_t results, float scale, float* to) {
  const auto blended = [&](std::int64_t i) {
    const float *even = from.even + i, *odd = from.odd + i;
    const __m512 sum = five_taps(_mm512_loadu_ps(even - 3), _mm512_loadu_ps(odd - 3), _mm512_loadu_ps(even),
                                 _mm512_loadu_ps(odd), _mm512_loadu_ps(even + 3));
    return _mm512_mul_ps(_mm512_set1_ps(scale), sum);
  };
  std::int64_t i = 0;
  for (; i + 16 <= results; i += 16) _mm512_storeu_ps(to + i, blended(i));
  if (i < results) _mm512_mask_storeu_ps(to + i, bits_between(0, results - i), blended(i));
}
#endif

template <class T>
void split_two_rows(const T* const (&)[7], std::int64_t, Strips<T>, Strips<T>) {}
template <class T>
void blend_strips(Strips<T>, std::int64_t, T, T*) {}

/// The mirrored pixels beside the strips of a row of `width` pixels.
template <class T>
void mirror_strips(std::int64_t width, Strips<T> to) {
  const std::int64_t results = (width + 1) / 2, is_odd = width % 2;
  for (std::int64_t c = 0; c < 3; ++c) {
    to.even[c - 3] = to.even[c + 3];
    to.odd[c - 3] = to.odd[c];
    to.even[3 * results + c] = to.even[3 * (results - 1 - is_odd) + c];
    if (is_odd != 0) to.odd[3 * (results - 1) + c] = to.odd[3 * (results - 2) + c];
  }
}

/// The rows of a picture from result `first` on, by way of strips; for maps of is_mirrored_rgb().
template <class T>
class SplitRows {
 public:
  /// `scratch` of pyramid_scratch_elements().
  SplitRows(const PyramidMap& map, const T* picture, std::int64_t first, T* scratch)
      : picture_(picture),
        height_(map.source[1]),
        width_(map.source[2]),
        results_(map.target[2] * map.target[3]),
        strip_(pyramid_strip_elements(results_)),
        scale_(static_cast<T>(map.gain * map.gain)),
        first_(first),
        next_(first),
        scratch_(scratch) {}

  /// Row y; every row once, in ascending order.
  void write(std::int64_t y, T* to) {
    for (; next_ <= y; next_ += 2) split(next_);
    blend_strips(strips(y), results_, scale_, to);
  }

 private:
  /// There are strips for two rows at a time.
  Strips<T> strips(std::int64_t y) const {
    T* even = scratch_ + (y - first_) % 2 * 2 * strip_ + kPyramidStripMargin;
    return {even, even + strip_};
  }

  /// Rows y and y + 1.
  void split(std::int64_t y) const {
    const T* rows[7];
    for (std::int64_t k = 0; k < 7; ++k) rows[k] = picture_ + mirrored(2 * y - 2 + k) * 3 * width_;
    split_two_rows(rows, width_, strips(y), strips(y + 1));
    for (std::int64_t k = 0; k < 2; ++k) mirror_strips(width_, strips(y + k));
  }

  /// The row that stands for row s; any for one behind the last result's.
  std::int64_t mirrored(std::int64_t s) const {
    const std::int64_t inside = s < 0 ? -s : s < height_ ? s : 2 * (height_ - 1) - s;
    return inside < 0 ? 0 : inside;
  }

  const T* picture_;
  std::int64_t height_, width_;   ///< of the picture
  std::int64_t results_, strip_;  ///< elements of a row of results, of a strip
  T scale_;                       ///< of the whole filter
  std::int64_t first_, next_;
  T* scratch_;
};

}  // namespace
}  // namespace betwixt::BETWIXT_ISA
