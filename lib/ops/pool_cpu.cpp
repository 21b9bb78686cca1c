// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/handed_over_kernel.h"
#include "betwixt/ops/detail/pool_kernel.h"
#include "betwixt/tensor/cpu_kernel.h"

// Mean pooling; for the largest pixel see max_pool_cpu.cpp.

namespace betwixt::BETWIXT_ISA {
namespace {

std::int64_t divisor(const PoolGeometry& g, const Window& rows, const Window& columns) {
  if (g.options.count_include_pad) return rows.full * columns.full;
  return (rows.end - rows.begin) * (columns.end - columns.begin);
}

template <class T>
void run_avg_pool(const CpuCall& call) {
  if (handed_over<T>(call)) return;
  const auto& g = call.options<PoolGeometry>();
  const Sizes s(g);
  for_pooled_rows(call, s, [&](std::int64_t n, std::int64_t oy) {
    const T* x = call.in<T>(0) + n * s.in[0] * s.in[1] * s.c;
    if (is_halving(s))
      return sum_halves(s.halves(), x + 2 * oy * s.in[1] * s.c, T(0.25),
                        call.out<T>() + (n * s.out[0] + oy) * s.out[1] * s.c);
    const Window rows = s.window(0, oy);
    for (std::int64_t ox = 0; ox < s.out[1]; ++ox) {
      const Window columns = s.window(1, ox);
      T* to = call.out<T>() + ((n * s.out[0] + oy) * s.out[1] + ox) * s.c;
      for (std::int64_t c = 0; c < s.c; ++c) to[c] = 0;
      for (std::int64_t iy = rows.begin; iy < rows.end; ++iy)
        for (std::int64_t ix = columns.begin; ix < columns.end; ++ix) {
          const T* from = x + (iy * s.in[1] + ix) * s.c;
          for (std::int64_t c = 0; c < s.c; ++c) to[c] += from[c];
        }
      const T scale = T(1) / static_cast<T>(divisor(g, rows, columns));
      for (std::int64_t c = 0; c < s.c; ++c) to[c] *= scale;
    }
  });
}

/// Of windows of which each pixel lies in one: nothing has to be added up.
template <class T>
void spread_all(const CpuCall& call, const Sizes& s) {
  const T scale = T(1) / static_cast<T>(s.kernel[0] * s.kernel[1]);
  for_pooled_rows(call, s, [&](std::int64_t n, std::int64_t oy) {
    T* dx = call.out<T>() + (n * s.in[0] + oy * s.kernel[0]) * s.in[1] * s.c;
    const T* dy = call.in<T>(0) + (n * s.out[0] + oy) * s.out[1] * s.c;
    if (is_halving(s))
      return spread_halves(
          s.halves(), dy, [](auto value) { return value * T(0.25); }, false, dx);
    for (std::int64_t ox = 0; ox < s.out[1]; ++ox)
      for (std::int64_t ky = 0; ky < s.kernel[0]; ++ky)
        for (std::int64_t kx = 0; kx < s.kernel[1]; ++kx) {
          const T* from = dy + ox * s.c;
          T* to = dx + (ky * s.in[1] + ox * s.kernel[1] + kx) * s.c;
          BETWIXT_INDEPENDENT
          for (std::int64_t c = 0; c < s.c; ++c) to[c] = from[c] * scale;
        }
  });
}

template <class T>
void run_avg_pool_grad(const CpuCall& call) {
  if (handed_over<T>(call)) return;
  const auto& g = call.options<PoolGeometry>();
  const Sizes s(g);
  if (covers_exactly(s)) return spread_all<T>(call, s);
  for_picture_strips(call, s, [&](std::int64_t n, std::int64_t begin, std::int64_t end) {
    const std::int64_t line = s.in[1] * s.c;
    T* dx = call.out<T>() + n * s.in[0] * line;
    for (std::int64_t i = begin * line; i < end * line; ++i) dx[i] = 0;
    for (std::int64_t oy = s.first_row(begin); oy < s.last_row(end); ++oy) {
      const Window rows = s.window(0, oy);
      for (std::int64_t ox = 0; ox < s.out[1]; ++ox) {
        const Window columns = s.window(1, ox);
        const T* from = call.in<T>(0) + ((n * s.out[0] + oy) * s.out[1] + ox) * s.c;
        const T scale = T(1) / static_cast<T>(divisor(g, rows, columns));
        const std::int64_t last = rows.end < end ? rows.end : end;
        for (std::int64_t iy = rows.begin > begin ? rows.begin : begin; iy < last; ++iy)
          for (std::int64_t ix = columns.begin; ix < columns.end; ++ix) {
            T* to = dx + (iy * s.in[1] + ix) * s.c;
            for (std::int64_t c = 0; c < s.c; ++c) to[c] += from[c] * scale;
          }
      }
    }
  });
}

}  // namespace

void avg_pool_cpu(const CpuCall& call) { is_double(call) ? run_avg_pool<double>(call) : run_avg_pool<float>(call); }
void avg_pool_grad_cpu(const CpuCall& call) {
  is_double(call) ? run_avg_pool_grad<double>(call) : run_avg_pool_grad<float>(call);
}

}  // namespace betwixt::BETWIXT_ISA
