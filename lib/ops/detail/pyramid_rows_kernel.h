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

/// Bits [begin, end) of sixteen as far as there are such.
inline std::uint16_t bits_between(std::int64_t begin, std::int64_t end) {
  const auto below = [](std::int64_t i) { return i <= 0 ? 0U : i >= 16 ? 0xffffU : (1U << i) - 1; };
  return static_cast<std::uint16_t>(below(end) & ~below(begin));
}

/// What shrink_rgb and grow_rgb compute of a row: results, or pairs of them, from `begin` to `end`.
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

template <class T>
void same_inner(const Filter<T>& f, std::int64_t begin, std::int64_t end, std::int64_t c, const T* from,
                T* __restrict to) {
  for (std::int64_t i = begin * c; i < end * c; ++i)
    to[i] = f.outer * (from[i - 2 * c] + from[i + 2 * c]) + f.next * (from[i - c] + from[i + c]) + f.centre * from[i];
}

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
template <int kPlace>
EIGEN_ALWAYS_INLINE void shrink_five_rgb(const Filter<float>& f, const RowRange& range, std::int64_t x,
                                         const float* from, float* to) {
  const float* at = from + 6 * x - 6;
  const __m512i mirrored = _mm512_set_epi32(9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 5, 4, 3, 8, 7, 6);
  const __m512 low = (kPlace & kFirst) != 0 && range.whole ? _mm512_permutexvar_ps(mirrored, _mm512_loadu_ps(from))
                                                           : _mm512_loadu_ps(at);
  const __m512 middle = _mm512_loadu_ps(at + 7), high = _mm512_loadu_ps(at + 16);
  const __m512 higher = _mm512_loadu_ps(at + 17), highest = _mm512_loadu_ps(at + 23);
  const __m512 first = every_other_rgb<0, 16>(low, high), second = every_other_rgb<3, 16>(low, high);
  const __m512 third = every_other_rgb<6, 17>(low, higher);
  __m512 fourth = every_other_rgb<2, 16>(middle, highest), fifth = every_other_rgb<5, 16>(middle, highest);
  const std::int64_t lanes = (kPlace & kLast) != 0 ? 3 * (range.end - x) : 15;
  if ((kPlace & kLast) != 0 && range.whole) {
    const __mmask16 last = bits_between(lanes - 3, lanes);
    if (range.sources % 2 != 0) fourth = _mm512_mask_mov_ps(fourth, last, second);
    fifth = _mm512_mask_mov_ps(fifth, last, range.sources % 2 != 0 ? first : third);
  }
  __m512 sum = _mm512_mul_ps(_mm512_set1_ps(f.outer), _mm512_add_ps(first, fifth));
  sum = _mm512_fmadd_ps(_mm512_set1_ps(f.next), _mm512_add_ps(second, fourth), sum);
  sum = _mm512_fmadd_ps(_mm512_set1_ps(f.centre), third, sum);
  _mm512_mask_storeu_ps(to + 3 * x, bits_between(0, lanes), sum);
}

EIGEN_DONT_INLINE bool shrink_rgb(Filter<float> f, RowRange range, const float* from, float* to) {
  std::int64_t x = range.begin;
  if (range.end - x <= 5) {
    if (x < range.end) shrink_five_rgb<kFirst | kLast>(f, range, x, from, to);
    return true;
  }
  shrink_five_rgb<kFirst>(f, range, x, from, to);
  for (x += 5; x + 5 < range.end; x += 5) shrink_five_rgb<kInside>(f, range, x, from, to);
  shrink_five_rgb<kLast>(f, range, x, from, to);
  return true;
}

/// Pairs of results of grow_inner, eight from source s on; the last ones are followed by lanes without meaning.
template <int kPlace>
EIGEN_ALWAYS_INLINE void grow_eight_rgb(const Filter<float>& f, const RowRange& range, const RowRange::Last (&lanes)[2],
                                        std::int64_t s, const float* from, float* to) {
  const __m512i mirrored = _mm512_set_epi32(12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 5, 4, 3);
  const __m512i first = _mm512_set_epi32(22, 8, 7, 6, 21, 20, 19, 5, 4, 3, 18, 17, 16, 2, 1, 0);
  // Even results from the ninth on, odd ones from the first on.
  const __m512i second = _mm512_set_epi32(8, 7, 30, 29, 28, 6, 5, 4, 27, 26, 25, 3, 2, 1, 24, 23);
  const __m512i third = _mm512_set_epi32(31, 30, 29, 15, 14, 13, 28, 27, 26, 12, 11, 10, 25, 24, 23, 9);
  const __m512 outer = _mm512_set1_ps(f.outer), next = _mm512_set1_ps(f.next), centre = _mm512_set1_ps(f.centre);
  __m512 even[2], odd[2];
  for (int half = 0; half < 2; ++half) {
    const float* at = from + 3 * s + 8 * half;
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
    even[half] = _mm512_fmadd_ps(centre, here, _mm512_mul_ps(outer, _mm512_add_ps(left, right)));
    odd[half] = _mm512_mul_ps(next, _mm512_add_ps(here, right));
  }
  _mm512_storeu_ps(to + 6 * s, _mm512_permutex2var_ps(even[0], first, odd[0]));
  _mm512_storeu_ps(to + 6 * s + 16, _mm512_permutex2var_ps(even[1], second, odd[0]));
  _mm512_storeu_ps(to + 6 * s + 32, _mm512_permutex2var_ps(even[1], third, odd[1]));
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
bool shrink_rgb(const Filter<T>&, const RowRange&, const T*, T*) {
  return false;
}
template <class T>
bool grow_rgb(const Filter<T>&, const RowRange&, const T*, T*) {
  return false;
}

/// `from` must be readable four lanes behind its end.
template <int kChannels, class T>
void shrink_inner(const Filter<T>& f, std::int64_t begin, std::int64_t end, std::int64_t channels, const T* from,
                  T* __restrict to) {
  const std::int64_t c = kChannels > 0 ? kChannels : channels;
  if constexpr (kChannels == 3 || kChannels == 4) {
    // With three channels the fourth lane is overwritten by the next pixel: the last one of a row is never inner.
    for (std::int64_t x = begin; x < end; ++x) {
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
  std::int64_t s = begin / 2;
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

/// Rows along the horizontal axis of a map.
template <class T>
class RowBlend {
 public:
  explicit RowBlend(const PyramidMap& map)
      : axis_(map.axes[1]),
        pattern_(map.pattern),
        filter_(map.gain),
        channels_(map.source[3]),
        targets_(map.target[2]),
        range_{axis_.inner_begin, axis_.inner_end, map.source[2], axis_.mirrors, targets_ % 2 == 0} {
    if (pattern_ == PyramidPattern::kGrow) range_.begin /= 2, range_.end /= 2;
    if (axis_.mirrors) range_.begin = 0, range_.end = pattern_ == PyramidPattern::kGrow ? map.source[2] : targets_;
  }

  /// From `row` to `to`: a row that shrinks or is blurred comes from scratch, one that grows goes to scratch.
  void operator()(const T* row, T* to) const {
    switch (channels_) {
      case 1:
        return blend<1>(row, to);
      case 2:
        return blend<2>(row, to);
      case 3:
        return blend<3>(row, to);
      case 4:
        return blend<4>(row, to);
      default:
        return blend<0>(row, to);
    }
  }

 private:
  bool blend_rgb(const T* row, T* to) const {
    if (pattern_ == PyramidPattern::kSame) return false;
    return pattern_ == PyramidPattern::kGrow ? grow_rgb(filter_, range_, row, to)
                                             : shrink_rgb(filter_, range_, row, to);
  }

  template <int kChannels>
  void blend(const T* row, T* to) const {
    const std::int64_t begin = axis_.inner_begin, end = axis_.inner_end;
    const bool is_done = kChannels == 3 && blend_rgb(row, to);
    if (is_done && range_.whole) return;
    blend_pixels<kChannels>(axis_, 0, begin, channels_, row, to);
    if (!is_done && pattern_ == PyramidPattern::kSame) same_inner(filter_, begin, end, channels_, row, to);
    if (!is_done && pattern_ == PyramidPattern::kShrink)
      shrink_inner<kChannels>(filter_, begin, end, channels_, row, to);
    if (!is_done && pattern_ == PyramidPattern::kGrow) grow_inner<kChannels>(filter_, begin, end, channels_, row, to);
    // After the inner ones, which may have written a little into these.
    blend_pixels<kChannels>(axis_, end, targets_, channels_, row, to);
  }

  const PyramidAxis& axis_;
  PyramidPattern pattern_;
  Filter<T> filter_;
  std::int64_t channels_, targets_;
  RowRange range_;
};

}  // namespace
}  // namespace betwixt::BETWIXT_ISA
