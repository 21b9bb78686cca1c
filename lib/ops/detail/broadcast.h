// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "betwixt/core/shape.h"

namespace betwixt {

/// Up to four operands broadcast to one shape, with neighbouring axes merged wherever every operand either walks
/// through both or repeats over both: most calls come down to one or two axes. Strides count elements.
struct BroadcastLoop {
  static constexpr int kMaxOperands = 4;
  int rank = 0;
  std::int64_t size[Shape::kMaxRank] = {};
  std::int64_t stride[kMaxOperands][Shape::kMaxRank] = {};
};

/// `operands` shapes must broadcast to `result`.
BroadcastLoop broadcast_loop(const Shape& result, const Shape* const* operands, int count);

}  // namespace betwixt
