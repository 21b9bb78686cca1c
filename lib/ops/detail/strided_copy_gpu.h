// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "betwixt/core/shape.h"
#include "betwixt/tensor/gpu_call.h"

namespace betwixt {

/// A box of elements in two layouts; strides and starts count elements, strides of the source may be 0 or negative.
struct StridedCopy {
  int rank = 0;
  std::int64_t size[Shape::kMaxRank] = {};
  std::int64_t source_stride[Shape::kMaxRank] = {};
  std::int64_t target_stride[Shape::kMaxRank] = {};
  std::int64_t source_start = 0;
  std::int64_t target_start = 0;

  /// Appends an inner axis.
  void add_axis(std::int64_t axis_size, std::int64_t axis_source_stride, std::int64_t axis_target_stride);
  std::int64_t elements() const;
};

/// Records the copy of elements of 1 or 4 bytes. For bytes the target must be dense and start at 0.
void record_strided_copy(GpuCall& call, const GpuOperand& source, const GpuOperand& target, const StridedCopy& copy,
                         std::size_t element_bytes);

}  // namespace betwixt
