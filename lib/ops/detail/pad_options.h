// SPDX-License-Identifier: MIT
#pragma once

#include <array>

#include "betwixt/core/shape.h"
#include "betwixt/ops/pad.h"

namespace betwixt {

// Functions used by kernels are defined out of line, in files compiled once for every processor.

struct PadOptions {
  std::array<PadAmount, Shape::kMaxRank> amounts{};
  PadMode mode = PadMode::kZero;

  const PadAmount& of(int axis) const;
  /// The innermost axis that grows.
  int last_axis(int rank) const;
  /// Where position `position` of the padded axis comes from on an axis of `size` elements; -1 is a zero.
  std::int64_t source(int axis, std::int64_t size, std::int64_t position) const;
};

}  // namespace betwixt
