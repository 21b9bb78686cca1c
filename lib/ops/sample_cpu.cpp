// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/four_lanes_kernel.h"
#include "betwixt/ops/detail/sample_kernel.h"
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

template <int kChannels, int kTaps, class T>
void sample_row(const Sampling& s, const T* picture, std::int32_t last_pixel, const T* points, std::int64_t y, T* to) {
  PixelTaps<T, kTaps> taps;
  for (std::int64_t x = 0; x < s.out_width; x += kSampleBlock) {
    const int count = static_cast<int>(s.out_width - x < kSampleBlock ? s.out_width - x : kSampleBlock);
    taps.find(s, points + 2 * x, x, y, count);
    gather_block<kChannels>(taps, count, picture, s.channels, last_pixel, to + x * s.channels);
  }
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
  const Sampling s = make_sampling(call.options<SampleOptions>(), call.in_shape(0), call.in_shape(1));
  const std::int64_t grain = chunk_of(s.out_width * (s.channels + 2) * kTaps);
  const std::int64_t pixels = s.height * s.width;
  call.pool.parallel_for(s.n * s.out_height, grain, [&](std::int64_t begin, std::int64_t end) {
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

template <int kTaps, class T>
void grad_points_typed(const CpuCall& call) {
  const Sampling s = make_sampling(call.options<SampleOptions>(), call.in_shape(0), call.in_shape(1));
  const std::int64_t grain = chunk_of(s.out_width * (s.channels + 2) * kTaps);
  call.pool.parallel_for(s.n * s.out_height, grain, [&](std::int64_t begin, std::int64_t end) {
    BlockTaps<T, kTaps> taps;
    for (std::int64_t row = begin; row < end; ++row) {
      const T* picture = call.in<T>(0) + row / s.out_height * s.height * s.width * s.channels;
      for (std::int64_t x = 0; x < s.out_width; x += kSampleBlock) {
        const int count = static_cast<int>(s.out_width - x < kSampleBlock ? s.out_width - x : kSampleBlock);
        const std::int64_t first = row * s.out_width + x;
        taps.find(s, call.in<T>(1) + 2 * first, x, row % s.out_height, count);
        for (int i = 0; i < count; ++i)
          point_gradient(s, taps, i, picture, call.in<T>(2) + (first + i) * s.channels,
                         call.out<T>() + 2 * (first + i));
      }
    }
  });
}

/// Adds a block of `dy` to those of its taps that lie in [low, high).
template <int kTaps, class T>
void scatter_block(const PixelTaps<T, kTaps>& taps, int count, const T* dy, std::int64_t channels, std::int64_t low,
                   std::int64_t high, T* picture) {
  for (int i = 0; i < count; ++i)
    for (int k = 0; k < kTaps * kTaps; ++k) {
      const std::int64_t pixel = taps.pixel[k][i];
      if (pixel < low || pixel >= high) continue;
      const T weight = taps.weight[k][i];
      T* to = picture + pixel * channels;
      for (std::int64_t c = 0; c < channels; ++c) to[c] += weight * dy[i * channels + c];
    }
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
      scatter_block(taps, count, call.in<T>(0) + first * s.channels, s.channels, top * s.width, bottom * s.width,
                    picture);
    }
}

template <int kTaps, class T>
void grad_image_typed(const CpuCall& call) {
  const Sampling s = make_sampling(call.options<SampleOptions>(), call.out_shape(), call.in_shape(1));
  const std::int64_t work = (s.out_height * s.out_width * kTaps * kTaps + s.height * s.width) * s.channels;
  // Every band walks through all points, so there are few of them.
  const std::int64_t most = s.n >= 8 || work < 8 * kChunkElements ? 1 : 4;
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
