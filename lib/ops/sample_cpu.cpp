// SPDX-License-Identifier: MIT
#include <type_traits>

#include "betwixt/ops/detail/four_lanes_kernel.h"
#include "betwixt/ops/detail/handed_over_kernel.h"
#include "betwixt/ops/detail/prefetch_kernel.h"
#include "betwixt/ops/detail/sample_kernel.h"
#include "betwixt/ops/detail/sample_rgb_kernel.h"
#include "betwixt/ops/detail/stream_kernel.h"
#include "betwixt/ops/detail/sweep.h"
#include "betwixt/tensor/cpu_kernel.h"

namespace betwixt::BETWIXT_ISA {
namespace {

/// One pixel of 1 to 4 channels. kChannels 0: any number.
template <int kChannels, int kTaps, class T>
void gather_pixel(const PixelTaps<T, kTaps>& taps, int i, const T* picture, std::int64_t channels, T* to) {
  const std::int64_t count = kChannels > 0 ? kChannels : channels;
  if constexpr (kChannels > 0) {
    T sum[kChannels] = {};
    for (int k = 0; k < kTaps * kTaps; ++k)
      for (int c = 0; c < kChannels; ++c)
        sum[c] += taps.weight[k][i] * picture[std::int64_t{taps.pixel[k][i]} * kChannels + c];
    for (int c = 0; c < kChannels; ++c) to[c] = sum[c];
  } else {
    for (std::int64_t c = 0; c < count; ++c) to[c] = 0;
    for (int k = 0; k < kTaps * kTaps; ++k) {
      const T weight = taps.weight[k][i];
      const T* from = picture + taps.pixel[k][i] * count;
      for (std::int64_t c = 0; c < count; ++c) to[c] += weight * from[c];
    }
  }
}

/// Four lanes a pixel: with three channels the fourth is overwritten by the next pixel.
template <int kChannels, int kTaps, class T>
void gather_lanes(const PixelTaps<T, kTaps>& taps, int count, const T* picture, T* to) {
  for (int i = 0; i < count; ++i) {
    Four<T> sum = taps.weight[0][i] * load4(picture + std::int64_t{taps.pixel[0][i]} * kChannels);
    for (int k = 1; k < kTaps * kTaps; ++k)
      sum += taps.weight[k][i] * load4(picture + std::int64_t{taps.pixel[k][i]} * kChannels);
    store4(to + i * kChannels, sum);
  }
}

/// `last_pixel`: the last of the whole tensor, behind which nothing may be read; -1 when this picture lacks it.
template <int kChannels, int kTaps, class T>
void gather_block(const PixelTaps<T, kTaps>& taps, int count, const T* picture, std::int64_t channels,
                  std::int32_t last_pixel, T* to) {
  if constexpr (kChannels == 1) {
    for (int i = 0; i < count; ++i) {
      T sum = 0;
      for (int k = 0; k < kTaps * kTaps; ++k) sum += taps.weight[k][i] * picture[taps.pixel[k][i]];
      to[i] = sum;
    }
  } else {
    int i = 0;
    if constexpr (kChannels == 3 || kChannels == 4) {
      const int whole = kChannels == 4 ? count : count - 1;
      if (kChannels == 4 || last_pixel < 0 || !taps.holds(last_pixel, whole)) {
        gather_lanes<kChannels>(taps, whole, picture, to);
        i = whole;
      }
    }
    for (; i < count; ++i)
      gather_pixel<kChannels>(taps, i, picture, channels, to + i * (kChannels > 0 ? kChannels : channels));
  }
}

/// Asks for what the points behind a block of `length` elements at `from` will look at: the row below further on, and
/// already rows that are `line` after `line` further down, which the core's own prefetchers do not see coming.
template <class T>
void ask_behind(const T* from, std::int64_t line, std::int64_t length) {
  constexpr std::int64_t kSize = sizeof(T);
  const auto at = reinterpret_cast<std::uintptr_t>(from);
  prefetch_lines(at + static_cast<std::uintptr_t>(line * kSize) + kAhead / 2, length * kSize);
  prefetch_lines<kToSecondLevel>(at + static_cast<std::uintptr_t>(3 * line * kSize), length * kSize);
}

/// A block that lies inside the picture; of three channels, the four lanes from every pixel on may be read.
template <int kChannels, class T>
void blend_corners(const Corners<T>& at, int count, const T* picture, std::int64_t channels, std::int64_t width,
                   T* __restrict to) {
  const std::int64_t c = kChannels > 0 ? kChannels : channels;
  const std::int64_t line = width * c;
  ask_behind(picture + at.pixel[0] * c, line, count * c);
  prefetch_to_write(to, count * c * static_cast<std::int64_t>(sizeof(T)));
  int i = kChannels == 3 ? blend_rgb(at, count, picture, width, to) : 0;
  if constexpr (kChannels == 3 || kChannels == 4) {
    // With three channels the fourth lane is overwritten by the next pixel.
    for (const int whole = kChannels == 4 ? count : count - 1; i < whole; ++i) {
      const T* p = picture + at.pixel[i] * c;
      const Four<T> above_left = load4(p);
      const Four<T> above_right = load4(p + c);
      const Four<T> left = above_left + at.below[i] * (load4(p + line) - above_left);
      const Four<T> right = above_right + at.below[i] * (load4(p + line + c) - above_right);
      store4<T>(to + i * c, left + at.right[i] * (right - left));
    }
  }
  for (; i < count; ++i) {
    const T* p = picture + at.pixel[i] * c;
    for (std::int64_t k = 0; k < c; ++k) {
      const T left = p[k] + at.below[i] * (p[k + line] - p[k]);
      const T right = p[k + c] + at.below[i] * (p[k + line + c] - p[k + c]);
      to[i * c + k] = left + at.right[i] * (right - left);
    }
  }
}

/// One row of the result, or a part of it.
template <class T>
struct Row {
  const T* picture;
  std::int64_t end;         ///< pixels of the picture behind which nothing may be read
  std::int32_t last_pixel;  ///< as gather_block
  const T* points;
  std::int64_t y;
};

template <int kChannels, int kTaps, class T>
void sample_block(const Sampling& s, const Row<T>& row, std::int64_t x, int count, T* to) {
  if constexpr (kTaps == 2) {
    Corners<T> corners;
    const bool holds = s.border == SampleBorder::kClamp && s.width > 1 && s.height > 1;
    const T* points = row.points + 2 * x;
    prefetch_ahead(points, 2 * count * static_cast<std::int64_t>(sizeof(T)));
    if (holds ? corners.find_held(s, points, x, row.y, count, row.end)
              : corners.find(s, points, x, row.y, count, row.end))
      return blend_corners<kChannels>(corners, count, row.picture, s.channels, s.width, to);
  }
  PixelTaps<T, kTaps> taps;
  taps.find(s, row.points + 2 * x, x, row.y, count);
  gather_block<kChannels>(taps, count, row.picture, s.channels, row.last_pixel, to);
}

template <int kChannels, int kTaps, class T>
void sample_row(const Sampling& s, const T* picture, std::int32_t last_pixel, const T* points, std::int64_t y, T* to) {
  // Four lanes read behind a pixel of three channels: not behind the last one of the tensor.
  const std::int64_t end = s.height * s.width - (kChannels == 3 && last_pixel >= 0 ? 1 : 0);
  const Row<T> row{picture, end, last_pixel, points, y};
  constexpr std::int64_t kBytes = sizeof(T);
  const bool streams = kChannels > 0 && is_worth_streaming(s.n * s.out_height * s.out_width * s.channels * kBytes);
  T block[kSampleBlock * (kChannels > 0 ? kChannels : 1)];
  for (std::int64_t x = 0; x < s.out_width; x += kSampleBlock) {
    const int count = static_cast<int>(s.out_width - x < kSampleBlock ? s.out_width - x : kSampleBlock);
    T* result = to + x * s.channels;
    sample_block<kChannels, kTaps>(s, row, x, count, streams ? block : result);
    if (streams) stream(result, block, count * s.channels * kBytes);
  }
  if (streams) end_streaming();
}

template <int kTaps, class T>
void sample_row_any(const Sampling& s, const T* picture, std::int32_t last_pixel, const T* points, std::int64_t y,
                    T* to) {
  switch (s.channels) {
    case 1:
      return sample_row<1, kTaps>(s, picture, last_pixel, points, y, to);
    case 2:
      return sample_row<2, kTaps>(s, picture, last_pixel, points, y, to);
    case 3:
      return sample_row<3, kTaps>(s, picture, last_pixel, points, y, to);
    case 4:
      return sample_row<4, kTaps>(s, picture, last_pixel, points, y, to);
    default:
      return sample_row<0, kTaps>(s, picture, last_pixel, points, y, to);
  }
}

template <int kTaps, class T>
void sample_typed(const CpuCall& call) {
  if (handed_over<T>(call)) return;
  const Sampling s = make_sampling(call.options<SampleOptions>(), call.in_shape(0), call.in_shape(1));
  const std::int64_t grain = even_chunk(s.n * s.out_height, s.out_width * (s.channels + 2) * kTaps);
  const std::int64_t pixels = s.height * s.width;
  sweep(call.pool, s.n * s.out_height, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int64_t n = row / s.out_height;
      const std::int32_t last_pixel = n == s.n - 1 ? static_cast<std::int32_t>(pixels - 1) : -1;
      sample_row_any<kTaps, T>(s, call.in<T>(0) + n * pixels * s.channels, last_pixel,
                               call.in<T>(1) + row * s.out_width * 2, row % s.out_height,
                               call.out<T>() + row * s.out_width * s.channels);
    }
  });
}

/// Gradient of one point: the slopes of all taps times what their pixels and `dy` have in common.
template <int kTaps, class T>
void point_gradient(const Sampling& s, const BlockTaps<T, kTaps>& taps, int i, const T* picture, const T* dy, T* to) {
  T across = 0;
  T down = 0;
  for (int row = 0; row < kTaps; ++row) {
    const std::int64_t first = taps.down.index[row][i] * s.width;
    T value = 0;
    T change = 0;
    for (int column = 0; column < kTaps; ++column) {
      const T* from = picture + (first + taps.across.index[column][i]) * s.channels;
      T dot = 0;
      for (std::int64_t c = 0; c < s.channels; ++c) dot += from[c] * dy[c];
      value += taps.across.weight[column][i] * dot;
      change += taps.across.slope[column][i] * dot;
    }
    across += taps.down.weight[row][i] * change;
    down += taps.down.slope[row][i] * value;
  }
  to[0] = across * static_cast<T>(s.across.scale);
  to[1] = down * static_cast<T>(s.down.scale);
}

/// As point_gradient for a point between four pixels, linear: how the value changes across and down, per channel.
template <class T>
struct CornerSlopes {
  T across, down;
};
template <class T>
CornerSlopes<T> corner_slopes(const T* p, std::int64_t c, std::int64_t line, T right, T below) {
  const T above_change = p[c] - p[0];
  const T below_change = p[line + c] - p[line];
  const T left_change = p[line] - p[0];
  const T right_change = p[line + c] - p[c];
  return {above_change + below * (below_change - above_change), left_change + right * (right_change - left_change)};
}

/// Three channels in four lanes, of points [0, count): the products of slopes and dy lie in lanes 0 to 2 of `products`.
template <class T>
void corner_products(const Corners<T>& at, int count, const T* picture, std::int64_t line, const T* dy,
                     T (*products)[8]) {
  for (int i = 0; i < count; ++i) {
    const T* p = picture + std::int64_t{at.pixel[i]} * 3;
    const Four<T> d = load4(dy + 3 * i);
    const Four<T> above_left = load4(p);
    const Four<T> above_right = load4(p + 3);
    const Four<T> below_left = load4(p + line);
    const Four<T> below_right = load4(p + line + 3);
    const Four<T> above_change = above_right - above_left;
    const Four<T> left_change = below_left - above_left;
    const Four<T> twist = below_right - below_left - above_change;
    store4<T>(products[i], d * (above_change + at.below[i] * twist));
    store4<T>(products[i] + 4, d * (left_change + at.right[i] * twist));
  }
}

/// For a block that lies inside the picture; of three channels, the four lanes from every pixel on may be read.
template <int kChannels, class T>
void corner_gradients(const Sampling& s, const Corners<T>& at, int count, const T* picture, const T* dy,
                      T* __restrict to) {
  const std::int64_t c = kChannels > 0 ? kChannels : s.channels;
  const std::int64_t line = s.width * c;
  const T scale[2] = {static_cast<T>(s.across.scale), static_cast<T>(s.down.scale)};
  int i = 0;
  if constexpr (kChannels == 3) {
    T products[kSampleBlock][8];
    corner_products(at, count - 1, picture, line, dy, products);
    for (; i < count - 1; ++i) {
      to[2 * i] = (products[i][0] + products[i][1] + products[i][2]) * scale[0];
      to[2 * i + 1] = (products[i][4] + products[i][5] + products[i][6]) * scale[1];
    }
  }
  for (; i < count; ++i) {
    CornerSlopes<T> sum{0, 0};
    for (std::int64_t k = 0; k < c; ++k) {
      const CornerSlopes<T> slopes = corner_slopes(picture + at.pixel[i] * c + k, c, line, at.right[i], at.below[i]);
      sum.across += dy[i * c + k] * slopes.across;
      sum.down += dy[i * c + k] * slopes.down;
    }
    to[2 * i] = sum.across * scale[0];
    to[2 * i + 1] = sum.down * scale[1];
  }
}

template <class T>
void corner_gradients_any(const Sampling& s, const Corners<T>& at, int count, const T* picture, const T* dy, T* to) {
  if (s.channels == 1) return corner_gradients<1>(s, at, count, picture, dy, to);
  if (s.channels == 3) return corner_gradients<3>(s, at, count, picture, dy, to);
  corner_gradients<0>(s, at, count, picture, dy, to);
}

/// Points [x, x + count) of row `y`, which is row `row` of all pictures together.
template <int kTaps, class T>
void grad_points_block(const CpuCall& call, const Sampling& s, std::int64_t row, std::int64_t x, int count) {
  const std::int64_t y = row % s.out_height;
  const std::int64_t first = row * s.out_width + x;
  const T* picture = call.in<T>(0) + row / s.out_height * s.height * s.width * s.channels;
  const T* points = call.in<T>(1) + 2 * first;
  const T* dy = call.in<T>(2) + first * s.channels;
  T* to = call.out<T>() + 2 * first;
  if constexpr (kTaps == 2) {
    Corners<T> corners;
    if (corners.find(s, points, x, y, count, s.height * s.width - 1))
      return corner_gradients_any(s, corners, count, picture, dy, to);
  }
  BlockTaps<T, kTaps> taps;
  taps.find(s, points, x, y, count);
  for (int i = 0; i < count; ++i) point_gradient(s, taps, i, picture, dy + i * s.channels, to + 2 * i);
}

template <int kTaps, class T>
void grad_points_typed(const CpuCall& call) {
  if (handed_over<T>(call)) return;
  const Sampling s = make_sampling(call.options<SampleOptions>(), call.in_shape(0), call.in_shape(1));
  const std::int64_t grain = even_chunk(s.n * s.out_height, s.out_width * (s.channels + 2) * kTaps);
  sweep(call.pool, s.n * s.out_height, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row)
      for (std::int64_t x = 0; x < s.out_width; x += kSampleBlock)
        grad_points_block<kTaps, T>(call, s, row, x,
                                    static_cast<int>(s.out_width - x < kSampleBlock ? s.out_width - x : kSampleBlock));
  });
}

/// Visits the points of a block in the one order in which pixels get their terms. Neighbours, which often share pixels,
/// are not visited one after the other: loading what is just being stored takes long.
template <class Visit>
void for_each_point(int count, const Visit& visit) {
  constexpr int kApart = 16;
  for (int first = 0; first < kApart; ++first)
    for (int i = first; i < count; i += kApart) visit(i);
}

/// Adds a block of `dy` to its taps. kBand: only to those that lie in [low, high).
template <int kChannels, bool kBand, int kTaps, class T>
void scatter_block(const PixelTaps<T, kTaps>& taps, int count, const T* dy, std::int64_t channels, std::int64_t low,
                   std::int64_t high, T* picture) {
  const std::int64_t length = kChannels > 0 ? kChannels : channels;
  for_each_point(count, [&](int i) {
    for (int k = 0; k < kTaps * kTaps; ++k) {
      const std::int64_t pixel = taps.pixel[k][i];
      if (kBand && (pixel < low || pixel >= high)) continue;
      const T weight = taps.weight[k][i];
      T* to = picture + pixel * length;
      for (std::int64_t c = 0; c < length; ++c) to[c] += weight * dy[i * length + c];
    }
  });
}

template <int kTaps, class T>
void scatter_block_any(const PixelTaps<T, kTaps>& taps, int count, const T* dy, std::int64_t channels, std::int64_t low,
                       std::int64_t high, T* picture) {
  const PixelRange range = taps.range(count);
  if (range.first >= high || range.last < low) return;
  if constexpr (kScattersPairs && kTaps == 2 && std::is_same_v<T, float>)
    if (channels == 3 && are_pairs(taps, count))
      return for_each_point(count, [&](int i) { scatter_rgb(taps, i, dy, low, high, picture); });
  if (range.first < low || range.last >= high)
    return scatter_block<0, true>(taps, count, dy, channels, low, high, picture);
  if (channels == 1) return scatter_block<1, false>(taps, count, dy, channels, low, high, picture);
  if (channels == 3) return scatter_block<3, false>(taps, count, dy, channels, low, high, picture);
  scatter_block<0, false>(taps, count, dy, channels, low, high, picture);
}

/// The rows [top, bottom) of the gradient of picture `n`, all points in their order.
template <int kTaps, class T>
void scatter_band(const CpuCall& call, const Sampling& s, std::int64_t n, std::int64_t top, std::int64_t bottom) {
  T* picture = call.out<T>() + n * s.height * s.width * s.channels;
  for (std::int64_t i = top * s.width * s.channels; i < bottom * s.width * s.channels; ++i) picture[i] = 0;
  PixelTaps<T, kTaps> taps;
  for (std::int64_t y = 0; y < s.out_height; ++y)
    for (std::int64_t x = 0; x < s.out_width; x += kSampleBlock) {
      const int count = static_cast<int>(s.out_width - x < kSampleBlock ? s.out_width - x : kSampleBlock);
      const std::int64_t first = (n * s.out_height + y) * s.out_width + x;
      taps.find(s, call.in<T>(1) + 2 * first, x, y, count);
      scatter_block_any(taps, count, call.in<T>(0) + first * s.channels, s.channels, top * s.width, bottom * s.width,
                        picture);
    }
}

template <int kTaps, class T>
void grad_image_typed(const CpuCall& call) {
  if (handed_over<T>(call)) return;
  const Sampling s = make_sampling(call.options<SampleOptions>(), call.out_shape(), call.in_shape(1));
  const std::int64_t work = (s.out_height * s.out_width * kTaps * kTaps + s.height * s.width) * s.channels;
  // Every band walks through all points, so there are few of them. A pixel gets its terms in the order of the points
  // whatever its band is: the number of bands does not change a bit of the result.
  const std::int64_t most = s.n >= 8 || work < 8 * kChunkElements || call.pool.threads() == 1 ? 1 : 4;
  const std::int64_t bands = most < s.height ? most : s.height;
  call.pool.parallel_for(s.n * bands, chunk_of(work / bands), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t band = i % bands;
      scatter_band<kTaps, T>(call, s, i / bands, band * s.height / bands, (band + 1) * s.height / bands);
    }
  });
}

bool is_f64(const CpuCall& call) { return call.node.output_type().dtype == DType::kF64; }

}  // namespace

void sample_cpu(const CpuCall& call) {
  with_taps(call.options<SampleOptions>().mode, [&](auto taps) {
    if (is_f64(call)) return sample_typed<decltype(taps)::value, double>(call);
    sample_typed<decltype(taps)::value, float>(call);
  });
}

void sample_grad_points_cpu(const CpuCall& call) {
  with_taps(call.options<SampleOptions>().mode, [&](auto taps) {
    if (is_f64(call)) return grad_points_typed<decltype(taps)::value, double>(call);
    grad_points_typed<decltype(taps)::value, float>(call);
  });
}

void sample_grad_image_cpu(const CpuCall& call) {
  with_taps(call.options<SampleOptions>().mode, [&](auto taps) {
    if (is_f64(call)) return grad_image_typed<decltype(taps)::value, double>(call);
    grad_image_typed<decltype(taps)::value, float>(call);
  });
}

}  // namespace betwixt::BETWIXT_ISA
