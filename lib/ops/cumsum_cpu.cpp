// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/axis_view.h"
#include "betwixt/ops/detail/copy_kernel.h"
#include "betwixt/ops/detail/cumsum_options.h"

namespace betwixt::BETWIXT_ISA {
namespace {

constexpr std::int64_t kTile = 64;  // columns summed together

/// Running sums of `width` columns of n rows, `inner` apart; in f64, so that long sums stay exact to the last place.
template <class T>
void sum_columns(const T* in, T* out, const AxisView& view, std::int64_t width, const CumsumOptions& options) {
  double sums[kTile] = {};
  for (std::int64_t k = 0; k < view.size; ++k) {
    const std::int64_t row = (options.reverse ? view.size - 1 - k : k) * view.inner;
    for (std::int64_t j = 0; j < width; ++j) {
      const double before = sums[j];
      sums[j] = before + static_cast<double>(in[row + j]);
      out[row + j] = static_cast<T>(options.exclusive ? before : sums[j]);
    }
  }
}

template <class T>
void cumsum_typed(const CpuCall& call) {
  const auto& options = call.options<CumsumAxisOptions>();
  const AxisView view(call.in_shape(0), options.axis);
  const std::int64_t tiles = (view.inner + kTile - 1) / kTile;
  const std::int64_t width = view.inner < kTile ? view.inner : kTile;
  call.pool.parallel_for(view.outer * tiles, copy_grain(view.size * width * 4),
                         [&](std::int64_t begin, std::int64_t end) {
                           for (std::int64_t unit = begin; unit < end; ++unit) {
                             const std::int64_t column = unit % tiles * kTile;
                             const std::int64_t at = unit / tiles * view.run() + column;
                             const std::int64_t columns = column + kTile < view.inner ? kTile : view.inner - column;
                             sum_columns(call.in<T>(0) + at, call.out<T>() + at, view, columns, options.sums);
                           }
                         });
}

}  // namespace

void cumsum_cpu(const CpuCall& call) {
  if (call.node.output_type().dtype == DType::kF64) return cumsum_typed<double>(call);
  cumsum_typed<float>(call);
}

}  // namespace betwixt::BETWIXT_ISA
