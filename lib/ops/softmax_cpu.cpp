// SPDX-License-Identifier: MIT
#include "betwixt/core/math_functions.h"
#include "betwixt/ops/detail/axis_view.h"
#include "betwixt/ops/detail/copy_kernel.h"
#include "betwixt/ops/detail/handed_over_kernel.h"

namespace betwixt::BETWIXT_ISA {
namespace {

constexpr std::int64_t kTile = 64;  // columns handled together, or lanes of one row

/// One row of n neighbours. Sums and maxima run in kTile lanes.
template <class T, bool Log>
void softmax_row(const T* in, T* out, std::int64_t n) {
  T largest = in[0];
  for (std::int64_t i = 1; i < n; ++i) largest = in[i] > largest ? in[i] : largest;
  for (std::int64_t i = 0; i < n; ++i) out[i] = math::exp(in[i] - largest);
  T lanes[kTile] = {};
  std::int64_t i = 0;
  for (; i + kTile <= n; i += kTile)
    for (std::int64_t j = 0; j < kTile; ++j) lanes[j] += out[i + j];
  for (std::int64_t j = 0; i + j < n; ++j) lanes[j] += out[i + j];
  for (std::int64_t half = kTile / 2; half > 0; half /= 2)
    for (std::int64_t j = 0; j < half; ++j) lanes[j] += lanes[j + half];
  if constexpr (Log) {
    const T shift = math::log(lanes[0]);
    for (std::int64_t k = 0; k < n; ++k) out[k] = (in[k] - largest) - shift;
  } else {
    const T scale = T(1) / lanes[0];
    for (std::int64_t k = 0; k < n; ++k) out[k] *= scale;
  }
}

/// `width` columns of n rows, `stride` apart.
template <class T, bool Log>
void softmax_columns(const T* in, T* out, std::int64_t n, std::int64_t stride, std::int64_t width) {
  T largest[kTile];
  T sums[kTile] = {};
  for (std::int64_t j = 0; j < width; ++j) largest[j] = in[j];
  for (std::int64_t i = 1; i < n; ++i)
    for (std::int64_t j = 0; j < width; ++j)
      largest[j] = in[i * stride + j] > largest[j] ? in[i * stride + j] : largest[j];
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < width; ++j) {
      const T value = math::exp(in[i * stride + j] - largest[j]);
      out[i * stride + j] = value;
      sums[j] += value;
    }
  for (std::int64_t j = 0; j < width; ++j) sums[j] = Log ? math::log(sums[j]) : T(1) / sums[j];
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < width; ++j) {
      T& value = out[i * stride + j];
      value = Log ? (in[i * stride + j] - largest[j]) - sums[j] : value * sums[j];
    }
}

template <class T, bool Log>
void softmax_typed(const CpuCall& call) {
  if (handed_over<T>(call)) return;
  const AxisView view(call.in_shape(0), call.options<int>());
  const std::int64_t tiles = (view.inner + kTile - 1) / kTile;
  const std::int64_t width = view.inner < kTile ? view.inner : kTile;
  // An exponential costs about as much as moving 32 bytes.
  call.pool.parallel_for(
      view.outer * tiles, copy_grain(view.size * width * 32), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t unit = begin; unit < end; ++unit) {
          const std::int64_t column = unit % tiles * kTile;
          const std::int64_t at = unit / tiles * view.run() + column;
          const std::int64_t columns = column + kTile < view.inner ? kTile : view.inner - column;
          if (view.inner == 1)
            softmax_row<T, Log>(call.in<T>(0) + at, call.out<T>() + at, view.size);
          else
            softmax_columns<T, Log>(call.in<T>(0) + at, call.out<T>() + at, view.size, view.inner, columns);
        }
      });
}

}  // namespace

void softmax_cpu(const CpuCall& call) {
  if (call.node.output_type().dtype == DType::kF64) return softmax_typed<double, false>(call);
  softmax_typed<float, false>(call);
}

void log_softmax_cpu(const CpuCall& call) {
  if (call.node.output_type().dtype == DType::kF64) return softmax_typed<double, true>(call);
  softmax_typed<float, true>(call);
}

}  // namespace betwixt::BETWIXT_ISA
