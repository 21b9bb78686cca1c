// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "betwixt/core/shape.h"

namespace betwixt {

/// Axes of the input that are reduced, bit per axis.
struct ReduceOptions {
  std::uint32_t axes = 0;
  bool keep = false;

  bool reduces(int axis) const { return axes >> axis & 1; }
};

// Functions used by kernels are defined out of line, in files compiled once for every processor.

/// Axes of sizes and strides (in elements), outermost first.
struct LoopAxes {
  int rank = 0;
  std::int64_t size[Shape::kMaxRank] = {};
  std::int64_t stride[Shape::kMaxRank] = {};

  std::int64_t count() const;
};

/// A reduction with neighbouring axes merged. The innermost axis of the input is taken out of the loops: it is either
/// reduced (each result is a sum over runs of `inner` elements) or kept (results come in rows of `inner`).
struct ReduceLoop {
  LoopAxes kept;
  LoopAxes reduced;
  std::int64_t inner = 1;
  bool inner_reduced = false;

  /// The work is cut into units of results and, where there are few results, into groups of terms that are summed
  /// apart and then together: `groups` partial results per result. All from the shape alone.
  std::int64_t groups = 1;
  std::int64_t terms_per_group = 0;  ///< runs (inner reduced: pieces of runs) or rows

  static constexpr std::int64_t kTile = 64;     ///< columns of kept rows handled together
  static constexpr std::int64_t kPiece = 4096;  ///< elements of a long reduced run handled together

  std::int64_t pieces() const;
  /// Runs or rows behind one result.
  std::int64_t terms() const;
  std::int64_t tiles() const;
  std::int64_t results() const;
};

ReduceLoop reduce_loop(const Shape& shape, std::uint32_t axes);

}  // namespace betwixt
