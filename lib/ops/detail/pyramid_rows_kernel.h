// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/ops/detail/four_lanes_kernel.h"
#include "betwixt/ops/detail/pyramid_rgb_kernel.h"
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

template <class T>
void same_inner(const Filter<T>& f, std::int64_t begin, std::int64_t end, std::int64_t c, const T* from,
                T* __restrict to) {
  for (std::int64_t i = begin * c; i < end * c; ++i)
    to[i] = f.outer * (from[i - 2 * c] + from[i + 2 * c]) + f.next * (from[i - c] + from[i + c]) + f.centre * from[i];
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
    range_.begin /= 2, range_.end /= 2;
    if (axis_.mirrors) range_.begin = 0, range_.end = map.source[2];
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
    if (pattern_ == PyramidPattern::kGrow) return grow_rgb(filter_, range_, row, to);
    return pattern_ == PyramidPattern::kShrink && shrink_rgb(filter_, axis_.inner_begin, axis_.inner_end, row, to);
  }

  template <int kChannels>
  void blend(const T* row, T* to) const {
    const std::int64_t begin = axis_.inner_begin, end = axis_.inner_end;
    const bool is_done = kChannels == 3 && blend_rgb(row, to);
    if (is_done && pattern_ == PyramidPattern::kGrow && range_.whole) return;
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
  RowRange range_;  ///< of a row that grows
};

}  // namespace
}  // namespace betwixt::BETWIXT_ISA
