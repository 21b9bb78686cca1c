// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "betwixt/core/dtype.h"
#include "betwixt/ops/gather.h"

namespace betwixt {

struct ScatterOptions {
  std::int64_t size = 0;  ///< rows, or elements of the last axis, of the result
};

/// Index i of an index tensor, moved into [0, size).
static inline std::int64_t clamped_index(const void* indices, DType dtype, std::int64_t i, std::int64_t size) {
  const std::int64_t index = dtype == DType::kU32 ? std::int64_t{static_cast<const std::uint32_t*>(indices)[i]}
                                                  : std::int64_t{static_cast<const std::int32_t*>(indices)[i]};
  return index < 0 ? 0 : (index < size ? index : size - 1);
}

}  // namespace betwixt
