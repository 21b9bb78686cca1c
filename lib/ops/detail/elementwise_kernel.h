// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/ops/detail/broadcast.h"
#include "betwixt/ops/detail/independent_kernel.h"
#include "betwixt/tensor/op.h"

// Loop over broadcast operands for kernel files: the innermost axis is a plain loop with constant strides, which the
// compiler turns into vector code.

namespace betwixt::BETWIXT_ISA {

constexpr std::int64_t kElementwiseGrain = 1 << 15;

/// Runs `f(a, b)` for every element. The result is dense.
template <class T, class R, class F>
void binary_row(const T* a, std::int64_t a_step, const T* b, std::int64_t b_step, R* out, std::int64_t n, F f) {
  if (a_step == 1 && b_step == 1) {
    BETWIXT_INDEPENDENT
    for (std::int64_t i = 0; i < n; ++i) out[i] = f(a[i], b[i]);
  } else if (a_step == 1 && b_step == 0) {
    const T value = b[0];
    BETWIXT_INDEPENDENT
    for (std::int64_t i = 0; i < n; ++i) out[i] = f(a[i], value);
  } else if (a_step == 0 && b_step == 1) {
    const T value = a[0];
    BETWIXT_INDEPENDENT
    for (std::int64_t i = 0; i < n; ++i) out[i] = f(value, b[i]);
  } else {
    for (std::int64_t i = 0; i < n; ++i) out[i] = f(a[i * a_step], b[i * b_step]);
  }
}

/// Visits the rows (innermost axis) of a broadcast loop: body(offset of each operand, offset in the dense result,
/// length). Rows are cut into chunks for the pool; long rows are cut as well.
template <int Operands, class Body>
void for_each_row(ThreadPool& pool, const BroadcastLoop& loop, const Body& body) {
  const int last = loop.rank - 1;
  const std::int64_t length = loop.size[last];
  std::int64_t rows = 1;
  for (int i = 0; i < last; ++i) rows *= loop.size[i];
  if (length == 0 || rows == 0) return;
  const std::int64_t pieces =
      rows >= 2 || length <= kElementwiseGrain ? 1 : (length + kElementwiseGrain - 1) / kElementwiseGrain;
  const std::int64_t piece = (length + pieces - 1) / pieces;
  const std::int64_t grain = pieces > 1 ? 1 : (length >= kElementwiseGrain ? 1 : kElementwiseGrain / length);
  pool.parallel_for(rows * pieces, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t unit = begin; unit < end; ++unit) {
      std::int64_t row = unit / pieces;
      const std::int64_t start = unit % pieces * piece;
      const std::int64_t n = start + piece <= length ? piece : length - start;
      if (n <= 0) continue;
      std::int64_t offset[Operands] = {};
      const std::int64_t result = row * length + start;
      for (int axis = last - 1; axis >= 0; --axis) {
        const std::int64_t index = row % loop.size[axis];
        row /= loop.size[axis];
        for (int k = 0; k < Operands; ++k) offset[k] += index * loop.stride[k][axis];
      }
      for (int k = 0; k < Operands; ++k) offset[k] += start * loop.stride[k][last];
      body(offset, result, n);
    }
  });
}

}  // namespace betwixt::BETWIXT_ISA
