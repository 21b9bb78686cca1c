// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>

#include "betwixt/core/shape.h"

namespace betwixt {

struct TransposeOptions {
  std::array<int, Shape::kMaxRank> perm{};
};

// Functions used by kernels are defined out of line, in files compiled once for every processor.

/// A permutation of axes with axes of size 1 left out and neighbours that stay together merged: sizes of the result's
/// axes and the input's stride along each, in elements.
struct TransposeLoop {
  int rank = 0;
  std::int64_t size[Shape::kMaxRank] = {};
  std::int64_t in_stride[Shape::kMaxRank] = {};

  std::int64_t out_stride(int axis) const;
  /// The result has the input's order in memory.
  bool is_identity() const;
};

TransposeLoop transpose_loop(const Shape& input, const TransposeOptions& options);

}  // namespace betwixt
