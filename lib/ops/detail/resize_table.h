// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "betwixt/core/shape.h"

namespace betwixt {

enum class ResizeMode : std::uint8_t { kNearest, kBilinear, kArea };

/// One axis of a resize as a sparse matrix: target i = sum over k of weight[offset + k] * source[start + k].
struct ResizeAxis {
  struct Row {
    std::int32_t start = 0;   ///< first source index
    std::int32_t count = 0;   ///< number of source indices
    std::int32_t offset = 0;  ///< of the first weight
  };
  std::vector<Row> rows;
  std::vector<double> weights;
};

/// Rows for the result of a resize from `from` to `to` samples.
ResizeAxis resize_axis(ResizeMode mode, bool align_corners, std::int64_t from, std::int64_t to);
/// The transposed matrix: rows for the `from` samples of the original.
ResizeAxis transposed(const ResizeAxis& axis, std::int64_t from);

/// Options of a resize node and of its adjoint.
struct ResizeTable {
  ResizeMode mode = ResizeMode::kNearest;
  bool align_corners = false;
  Shape original;         ///< [n,h,w,c], what the forward op reads
  Shape resized;          ///< [n,oh,ow,c], what it gives
  ResizeAxis forward[2];  ///< vertical, horizontal
  ResizeAxis adjoint[2];
};

}  // namespace betwixt
