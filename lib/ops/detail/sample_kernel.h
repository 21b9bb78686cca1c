// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>

#include "betwixt/ops/detail/grain_kernel.h"
#include "betwixt/ops/detail/sample.h"
#include "betwixt/tensor/op.h"

// For kernel files: from points to the pixels they look at and their weights, for blocks of neighbouring points so that
// every loop is one over a block.

namespace betwixt::BETWIXT_ISA {

constexpr int kSampleBlock = 64;
constexpr int kLargestPosition = 1 << 23;

/// A sampling call as the kernels see it.
struct Sampling {
  std::int64_t n, height, width, channels, out_height, out_width;
  SampleBorder border;
  bool is_flow;
  SampleScale across, down;
};

inline Sampling make_sampling(const SampleOptions& options, const Shape& picture, const Shape& points) {
  return {picture[0],
          picture[1],
          picture[2],
          picture[3],
          points[1],
          points[2],
          options.border,
          options.is_flow,
          sample_scale(options, picture[2]),
          sample_scale(options, picture[1])};
}

/// What one axis adds to the points of a block. kTaps pixels for each: 1 nearest, 2 bilinear, 4 bicubic.
template <class T, int kTaps>
struct AxisTaps {
  std::int32_t index[kTaps][kSampleBlock];  ///< inside the picture
  T weight[kTaps][kSampleBlock];            ///< 0 where the border is zero
  T slope[kTaps][kSampleBlock];             ///< change of the weight with the point
};

/// Positions along one axis: whole[i] + fraction[i], of points[2 i].
template <class T>
struct Positions {
  std::int32_t whole[kSampleBlock];
  T fraction[kSampleBlock];
};

/// Safe to make an integer of, whatever t is; NaN becomes the lower limit.
template <class T>
T limited(T t) {
  const T limit = static_cast<T>(kLargestPosition);
  t = t > -limit ? t : -limit;
  return t < limit ? t : limit;
}

template <class T>
std::int32_t whole_below(T t) {
  const std::int32_t cut = static_cast<std::int32_t>(t);
  return cut - (static_cast<T>(cut) > t ? 1 : 0);
}

/// The same as a T, for any t up to kLargestPosition.
template <class T>
T whole_part(T t) {
#if defined(__SSE2__) && !defined(__SSE4_1__)
  return static_cast<T>(whole_below(limited(t)));  // std::floor would be a call
#else
  return std::floor(t);
#endif
}

template <class T>
void place_points(const T* points, int count, const SampleScale& scale, std::int32_t origin, std::int32_t step,
                  Positions<T>& at) {
  const T factor = static_cast<T>(scale.scale);
  const T shift = static_cast<T>(scale.shift);
  for (int i = 0; i < count; ++i) {
    const T t = limited(points[2 * i] * factor + shift);
    const std::int32_t whole = whole_below(t);
    at.whole[i] = origin + step * i + whole;
    at.fraction[i] = t - static_cast<T>(whole);
  }
}

template <class T>
T near_cubic(T x) {
  return (T(1.25) * x - T(2.25)) * x * x + 1;
}
template <class T>
T far_cubic(T x) {
  return ((T(-0.75) * x + T(3.75)) * x - T(6)) * x + T(3);
}
template <class T>
T near_cubic_slope(T x) {
  return (T(3.75) * x - T(4.5)) * x;
}
template <class T>
T far_cubic_slope(T x) {
  return (T(-2.25) * x + T(7.5)) * x - T(6);
}

/// Weights of the taps; index[0] is where they start, the others follow it.
template <class T>
void weigh(const Positions<T>& at, int count, AxisTaps<T, 1>& taps) {
  for (int i = 0; i < count; ++i) {
    const bool up = at.fraction[i] > T(0.5) || (at.fraction[i] == T(0.5) && (at.whole[i] & 1) != 0);
    taps.index[0][i] = at.whole[i] + (up ? 1 : 0);
    taps.weight[0][i] = 1;
    taps.slope[0][i] = 0;
  }
}

template <class T>
void weigh(const Positions<T>& at, int count, AxisTaps<T, 2>& taps) {
  for (int i = 0; i < count; ++i) {
    taps.index[0][i] = at.whole[i];
    taps.weight[0][i] = 1 - at.fraction[i];
    taps.weight[1][i] = at.fraction[i];
    taps.slope[0][i] = -1;
    taps.slope[1][i] = 1;
  }
}

template <class T>
void weigh(const Positions<T>& at, int count, AxisTaps<T, 4>& taps) {
  for (int i = 0; i < count; ++i) {
    const T f = at.fraction[i];
    taps.index[0][i] = at.whole[i] - 1;
    taps.weight[0][i] = far_cubic(1 + f);
    taps.weight[1][i] = near_cubic(f);
    taps.weight[2][i] = near_cubic(1 - f);
    taps.weight[3][i] = far_cubic(2 - f);
    taps.slope[0][i] = far_cubic_slope(1 + f);
    taps.slope[1][i] = near_cubic_slope(f);
    taps.slope[2][i] = -near_cubic_slope(1 - f);
    taps.slope[3][i] = -far_cubic_slope(2 - f);
  }
}

/// Mirrored into [0, size): at pixel centres (period 2 size - 2) or at outer edges (edge 1, period 2 size).
inline std::int32_t mirrored(std::int32_t index, std::int32_t size, std::int32_t edge) {
  const std::int32_t period = 2 * (size - 1 + edge);
  if (period == 0) return 0;
  std::int32_t at = (index < 0 ? -index - edge : index) % period;
  return at < size ? at : period - edge - at;
}

/// Moves indices into [0, size) as `border` says; outside a zero border weights become 0.
template <class T>
void apply_border(SampleBorder border, std::int32_t size, int count, std::int32_t* index, T* weight, T* slope) {
  const std::int32_t last = size - 1;
  if (border == SampleBorder::kReflect || border == SampleBorder::kMirror) {
    const std::int32_t edge = border == SampleBorder::kMirror ? 1 : 0;
    std::int32_t lowest = 0;
    // One mirror at either side is enough for nearly all pictures; the division waits for the rest.
    for (int i = 0; i < count; ++i) {
      const std::int32_t at = index[i] < 0 ? -index[i] - edge : index[i];
      const std::int32_t low = at > last ? 2 * last + edge - at : at;
      lowest = low < lowest ? low : lowest;
    }
    if (lowest < 0) {
      for (int i = 0; i < count; ++i) index[i] = mirrored(index[i], size, edge);
      return;
    }
    for (int i = 0; i < count; ++i) {
      const std::int32_t at = index[i] < 0 ? -index[i] - edge : index[i];
      index[i] = at > last ? 2 * last + edge - at : at;
    }
    return;
  }
  const bool zero = border == SampleBorder::kZero;
  for (int i = 0; i < count; ++i) {
    const std::int32_t low = index[i] < 0 ? 0 : index[i];
    const std::int32_t at = low > last ? last : low;
    const bool outside = zero && at != index[i];
    index[i] = at;
    weight[i] = outside ? T(0) : weight[i];
    slope[i] = outside ? T(0) : slope[i];
  }
}

template <class T, int kTaps>
void find_axis(const T* points, int count, const SampleScale& scale, std::int64_t origin, int step, SampleBorder border,
               std::int64_t size, AxisTaps<T, kTaps>& taps) {
  Positions<T> at;
  place_points(points, count, scale, static_cast<std::int32_t>(origin), step, at);
  weigh(at, count, taps);
  std::int32_t lowest = taps.index[0][0];
  std::int32_t highest = lowest;
  for (int i = 0; i < count; ++i) {
    lowest = taps.index[0][i] < lowest ? taps.index[0][i] : lowest;
    highest = taps.index[0][i] > highest ? taps.index[0][i] : highest;
  }
  for (int k = 1; k < kTaps; ++k)
    for (int i = 0; i < count; ++i) taps.index[k][i] = taps.index[0][i] + k;
  if (lowest >= 0 && highest + kTaps <= size) return;
  for (int k = 0; k < kTaps; ++k)
    apply_border(border, static_cast<std::int32_t>(size), count, taps.index[k], taps.weight[k], taps.slope[k]);
}

/// Both axes for the points (x, y) ... (x + count - 1, y) of a result.
template <class T, int kTaps>
struct BlockTaps {
  AxisTaps<T, kTaps> across, down;

  void find(const Sampling& s, const T* points, std::int64_t x, std::int64_t y, int count) {
    find_axis(points, count, s.across, s.is_flow ? x : 0, s.is_flow ? 1 : 0, s.border, s.width, across);
    find_axis(points + 1, count, s.down, s.is_flow ? y : 0, 0, s.border, s.height, down);
  }
};

struct PixelRange {
  std::int64_t first, last;
};

/// Pixel number and weight of every tap of a block.
template <class T, int kTaps>
struct PixelTaps {
  std::int32_t pixel[kTaps * kTaps][kSampleBlock];
  T weight[kTaps * kTaps][kSampleBlock];

  void find(const Sampling& s, const T* points, std::int64_t x, std::int64_t y, int count) {
    if constexpr (kTaps == 2)
      if (s.border == SampleBorder::kZero || s.border == SampleBorder::kClamp)
        return find_corners(s, points, static_cast<std::int32_t>(s.is_flow ? x : 0),
                            static_cast<std::int32_t>(s.is_flow ? y : 0), count);
    BlockTaps<T, kTaps> axes;
    axes.find(s, points, x, y, count);
    const std::int32_t width = static_cast<std::int32_t>(s.width);
    for (int k = 0; k < kTaps * kTaps; ++k) {
      const int row = k / kTaps;
      const int column = k % kTaps;
      for (int i = 0; i < count; ++i) {
        pixel[k][i] = axes.down.index[row][i] * width + axes.across.index[column][i];
        weight[k][i] = axes.down.weight[row][i] * axes.across.weight[column][i];
      }
    }
  }
  /// As `find` for the usual borders, in one loop.
  void find_corners(const Sampling& s, const T* points, std::int32_t x, std::int32_t y, int count) {
    const T scale[2] = {static_cast<T>(s.across.scale), static_cast<T>(s.down.scale)};
    const T shift[2] = {static_cast<T>(s.across.shift), static_cast<T>(s.down.shift)};
    const auto width = static_cast<std::int32_t>(s.width);
    const std::int32_t right = width - 1;
    const std::int32_t bottom = static_cast<std::int32_t>(s.height) - 1;
    const std::int32_t step = s.is_flow ? 1 : 0;
    const T beyond = s.border == SampleBorder::kZero ? T(0) : T(1);  // what is left of a weight outside
    for (int i = 0; i < count; ++i) {
      const T u = limited(points[2 * i] * scale[0] + shift[0]);
      const T v = limited(points[2 * i + 1] * scale[1] + shift[1]);
      const std::int32_t whole_u = whole_below(u);
      const std::int32_t whole_v = whole_below(v);
      const T a = u - static_cast<T>(whole_u);
      const T b = v - static_cast<T>(whole_v);
      const std::int32_t column = x + step * i + whole_u;
      const std::int32_t row = y + whole_v;
      const std::int32_t left0 = held(column, right);
      const std::int32_t left1 = held(column + 1, right);
      const std::int32_t top0 = held(row, bottom);
      const std::int32_t top1 = held(row + 1, bottom);
      const T across0 = (1 - a) * (left0 == column ? T(1) : beyond);
      const T across1 = a * (left1 == column + 1 ? T(1) : beyond);
      const T down0 = (1 - b) * (top0 == row ? T(1) : beyond);
      const T down1 = b * (top1 == row + 1 ? T(1) : beyond);
      pixel[0][i] = top0 * width + left0;
      pixel[1][i] = top0 * width + left1;
      pixel[2][i] = top1 * width + left0;
      pixel[3][i] = top1 * width + left1;
      weight[0][i] = down0 * across0;
      weight[1][i] = down0 * across1;
      weight[2][i] = down1 * across0;
      weight[3][i] = down1 * across1;
    }
  }
  static std::int32_t held(std::int32_t index, std::int32_t last) {
    const std::int32_t low = index < 0 ? 0 : index;
    return low > last ? last : low;
  }
  PixelRange range(int count) const {
    std::int32_t first = pixel[0][0];
    std::int32_t last = first;
    for (int k = 0; k < kTaps * kTaps; ++k)
      for (int i = 0; i < count; ++i) {
        first = pixel[k][i] < first ? pixel[k][i] : first;
        last = pixel[k][i] > last ? pixel[k][i] : last;
      }
    return {first, last};
  }
  /// Some tap of the first `count` points is `wanted`.
  bool holds(std::int32_t wanted, int count) const {
    int found = 0;
    for (int k = 0; k < kTaps * kTaps; ++k)
      for (int i = 0; i < count; ++i) found |= pixel[k][i] == wanted ? 1 : 0;
    return found != 0;
  }
};

/// Points of a block between four pixels of the picture each: where the first is and how far right and below it.
template <class T>
struct Corners {
  std::int32_t pixel[kSampleBlock];
  T right[kSampleBlock];
  T below[kSampleBlock];

  /// False when a point of the block leaves the picture, or needs a pixel at or behind `end`.
  bool find(const Sampling& s, const T* points, std::int64_t x, std::int64_t y, int count, std::int64_t end) {
    const T scale[2] = {static_cast<T>(s.across.scale), static_cast<T>(s.down.scale)};
    const T shift[2] = {static_cast<T>(s.across.shift), static_cast<T>(s.down.shift)};
    const auto width = static_cast<std::uint32_t>(s.width);
    const auto height = static_cast<std::uint32_t>(s.height);
    const auto last = static_cast<std::uint32_t>(end - 1);
    const auto origin_x = static_cast<std::uint32_t>(s.is_flow ? x : 0);
    const auto origin_y = static_cast<std::uint32_t>(s.is_flow ? y : 0);
    const std::uint32_t step = s.is_flow ? 1 : 0;
    std::uint32_t outside = 0;  // the highest bit is set by every number that is too small or too large
    for (int i = 0; i < count; ++i) {
      const T u = limited(points[2 * i] * scale[0] + shift[0]);
      const T v = limited(points[2 * i + 1] * scale[1] + shift[1]);
      const std::int32_t whole_u = whole_below(u);
      const std::int32_t whole_v = whole_below(v);
      right[i] = u - static_cast<T>(whole_u);
      below[i] = v - static_cast<T>(whole_v);
      const std::uint32_t column =
          origin_x + step * static_cast<std::uint32_t>(i) + static_cast<std::uint32_t>(whole_u);
      const std::uint32_t row = origin_y + static_cast<std::uint32_t>(whole_v);
      const std::uint32_t first = row * width + column;
      pixel[i] = static_cast<std::int32_t>(first);
      outside |= column | row | (width - 2 - column) | (height - 2 - row) | (last - (first + width + 1));
    }
    return (outside >> 31) == 0;
  }
  /// A point outside is held at the border, which gives the value of a clamped border, but not how it changes. False
  /// when a point needs a pixel at or behind `end`. Pictures of two by two pixels and more.
  bool find_held(const Sampling& s, const T* points, std::int64_t x, std::int64_t y, int count, std::int64_t end) {
    const T scale[2] = {static_cast<T>(s.across.scale), static_cast<T>(s.down.scale)};
    const T shift[2] = {static_cast<T>(s.across.shift), static_cast<T>(s.down.shift)};
    const auto width = static_cast<std::int32_t>(s.width);
    const T origin_x = static_cast<T>(s.is_flow ? x : 0);
    const T origin_y = static_cast<T>(s.is_flow ? y : 0);
    const T step = static_cast<T>(s.is_flow ? 1 : 0);
    const T last_column = static_cast<T>(s.width - 2);
    const T last_row = static_cast<T>(s.height - 2);
    std::int32_t furthest = 0;
    for (int i = 0; i < count; ++i) {
      const T u = points[2 * i] * scale[0] + shift[0];
      const T v = points[2 * i + 1] * scale[1] + shift[1];
      const T column = hold(u, origin_x + step * static_cast<T>(i), last_column, right[i]);
      const T row = hold(v, origin_y, last_row, below[i]);
      const std::int32_t first = static_cast<std::int32_t>(row) * width + static_cast<std::int32_t>(column);
      pixel[i] = first;
      furthest = first > furthest ? first : furthest;
    }
    return furthest + s.width + 1 < end;
  }
  /// The whole number not above origin + t, held in [0, last], and how far origin + t, held in [0, last + 1], is behind
  /// it. NaN is 0. All in floating point: half the instructions that integers take.
  static T hold(T t, T origin, T last, T& fraction) {
    const T limit = static_cast<T>(kLargestPosition);
    t = limit < t ? limit : t;  // infinity less infinity would be NaN
    const T whole = whole_part(t);
    const T at = origin + whole;
    const T low = at > 0 ? at : T(0);
    const T held = low < last ? low : last;
    const T rest = (t - whole) + (at - held);
    const T above = rest > 0 ? rest : T(0);
    fraction = above < 1 ? above : T(1);
    return held;
  }
};

/// Calls body(tag) with the taps an axis has in `mode` as tag.value.
template <int kValue>
struct TapCount {
  static constexpr int value = kValue;
};
template <class Body>
void with_taps(SampleMode mode, const Body& body) {
  if (mode == SampleMode::kNearest) return body(TapCount<1>());
  if (mode == SampleMode::kBilinear) return body(TapCount<2>());
  body(TapCount<4>());
}

}  // namespace betwixt::BETWIXT_ISA
