// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "betwixt/core/shape.h"

namespace betwixt {

// Functions used by kernels are defined out of line, in files compiled once for every processor.

/// A dense tensor seen along one axis: [outer, size, inner].
struct AxisView {
  std::int64_t outer = 1;
  std::int64_t size = 1;
  std::int64_t inner = 1;

  AxisView(const Shape& shape, int axis);
  std::int64_t run() const;  ///< elements of one [size, inner] part
};

}  // namespace betwixt
