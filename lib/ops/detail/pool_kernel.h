// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/ops/detail/grain_kernel.h"
#include "betwixt/ops/detail/halves_kernel.h"
#include "betwixt/ops/detail/pool_geometry.h"
#include "betwixt/ops/detail/sweep.h"
#include "betwixt/tensor/op.h"

// For kernel files: walking over the windows of a pooling.

namespace betwixt::BETWIXT_ISA {
namespace {

struct Window {
  std::int64_t start;       ///< first row or column, in the padding perhaps
  std::int64_t begin, end;  ///< rows or columns inside the picture
  std::int64_t full;        ///< size with the padding that the window covers
};

/// Sizes of a geometry as plain numbers; axis 0 is vertical.
struct Sizes {
  std::int64_t n, in[2], out[2], c, kernel[2], stride[2], padding[2];

  explicit Sizes(const PoolGeometry& g) : n(g.picture[0]), c(g.picture[3]) {
    for (int i = 0; i < 2; ++i) {
      in[i] = g.picture[1 + i];
      out[i] = g.pooled[1 + i];
      const auto k = static_cast<std::size_t>(i);
      kernel[i] = g.options.kernel[k];
      stride[i] = g.options.stride[k];
      padding[i] = g.options.padding[k];
    }
  }
  Window window(int axis, std::int64_t index) const {
    const std::int64_t start = index * stride[axis] - padding[axis];
    const std::int64_t stop = start + kernel[axis];
    const std::int64_t padded = in[axis] + padding[axis];
    return {start, start < 0 ? 0 : start, stop < in[axis] ? stop : in[axis], (stop < padded ? stop : padded) - start};
  }
  Halves halves() const { return {in[1] * c, out[1], c}; }
  /// First and one past the last pooled row whose window holds one of rows [begin, end).
  std::int64_t first_row(std::int64_t begin) const {
    const std::int64_t reach = begin + padding[0] - kernel[0] + 1;
    return reach <= 0 ? 0 : (reach + stride[0] - 1) / stride[0];
  }
  std::int64_t last_row(std::int64_t end) const {
    const std::int64_t last = (end - 1 + padding[0]) / stride[0] + 1;
    return last < out[0] ? last : out[0];
  }
};

/// Windows of two by two, side by side: most pooling there is.
inline bool is_halving(const Sizes& s) {
  for (int i = 0; i < 2; ++i)
    if (s.padding[i] != 0 || s.stride[i] != 2 || s.kernel[i] != 2 || s.in[i] < 2 * s.out[i]) return false;
  return true;
}

/// Runs body(picture, pooled row) over all pooled rows.
template <class Body>
void for_pooled_rows(const CpuCall& call, const Sizes& s, const Body& body) {
  const std::int64_t work = s.out[1] * s.c * s.kernel[0] * s.kernel[1];
  sweep(call.pool, s.n * s.out[0], chunk_of(work), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) body(i / s.out[0], i % s.out[0]);
  });
}

/// Runs body(picture, first row, end row) over strips of the pictures' own rows.
template <class Body>
void for_picture_strips(const CpuCall& call, const Sizes& s, const Body& body) {
  const std::int64_t wanted = chunk_of(s.in[1] * s.c);
  const std::int64_t height = wanted < s.in[0] ? wanted : s.in[0];
  const std::int64_t strips = (s.in[0] + height - 1) / height;
  sweep(call.pool, s.n * strips, chunk_of(height * s.in[1] * s.c), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t row = i % strips * height;
      body(i / strips, row, row + height < s.in[0] ? row + height : s.in[0]);
    }
  });
}

/// True when every pixel lies in exactly one window.
inline bool covers_exactly(const Sizes& s) {
  for (int i = 0; i < 2; ++i)
    if (s.padding[i] != 0 || s.stride[i] != s.kernel[i] || s.in[i] != s.out[i] * s.kernel[i]) return false;
  return true;
}

inline bool is_double(const CpuCall& call) { return call.node.output_type().dtype == DType::kF64; }

}  // namespace
}  // namespace betwixt::BETWIXT_ISA
