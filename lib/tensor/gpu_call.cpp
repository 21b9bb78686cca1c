// SPDX-License-Identifier: MIT
#include "betwixt/tensor/gpu_call.h"

#include "betwixt/core/bit_cast.h"
#include "betwixt/core/error.h"

namespace betwixt {

GpuDispatch& GpuDispatch::number(float value) { return word(bit_cast<std::uint32_t>(value)); }

GpuDispatch& GpuDispatch::items(std::uint64_t count, std::uint32_t local, const GpuLimits& limits) {
  const std::uint64_t needed = (count + local - 1) / local;
  const std::uint64_t x = needed < limits.max_groups ? needed : limits.max_groups;
  const std::uint64_t y = x == 0 ? 1 : (needed + x - 1) / x;
  if (y > limits.max_groups)
    throw Error(ErrorCode::kLimit, shader, "%llu work items are too many for one dispatch",
                static_cast<unsigned long long>(count));
  return grid(static_cast<std::uint32_t>(x == 0 ? 1 : x), static_cast<std::uint32_t>(y));
}

}  // namespace betwixt
