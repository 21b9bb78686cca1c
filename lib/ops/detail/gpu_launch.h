// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "betwixt/core/dtype.h"
#include "betwixt/tensor/gpu_call.h"

// What the recording functions of ops share.

namespace betwixt {

/// Invocations of a workgroup: what every device offers.
constexpr std::uint32_t kGpuLocal = 128;

/// A size or stride as a word of the push-constant block. E_LIMIT above 2^32 - 1.
std::uint32_t gpu_word(std::int64_t value);

/// Elements in vectors of four, the last one perhaps not full.
constexpr std::int64_t gpu_vectors(std::int64_t count) { return (count + 3) / 4; }

/// The shaders' numbers of element types of 4 bytes: 0 f32, 1 i32, 2 u32.
constexpr std::uint32_t gpu_type(DType dtype) { return dtype == DType::kI32 ? 1 : dtype == DType::kU32 ? 2 : 0; }

/// Records `dispatch` with one invocation per item. Constant 0, the workgroup size, must be kGpuLocal. Nothing for no
/// items.
void run_items(GpuCall& call, GpuDispatch& dispatch, std::int64_t items);

/// How a workgroup of shaders/common/lanes.glsl is divided: `rows` lanes share each of `columns` results.
struct GpuLanes {
  std::uint32_t rows = kGpuLocal;
  /// Neighbouring invocations share a result, because its terms lie side by side; otherwise results do.
  bool rows_first = true;

  std::uint32_t columns() const { return kGpuLocal / rows; }
  std::int64_t groups(std::int64_t results) const { return (results + columns() - 1) / columns(); }
};

/// For `terms` neighbouring terms behind each result.
GpuLanes lanes_over_terms(std::int64_t terms, std::int64_t results);
/// For terms that are further apart than `side_by_side` neighbouring results.
GpuLanes lanes_over_results(std::int64_t terms, std::int64_t side_by_side);

/// Adds the constants 0 to 2 of shaders/common/lanes.glsl.
void add_lanes(GpuDispatch& dispatch, const GpuLanes& lanes);

/// Into how many parts to cut the terms of each result, so that a device has work for all its units and no lane adds up
/// too many terms. Depends on the shape only.
std::int64_t split_terms(const GpuLanes& lanes, std::int64_t terms, std::int64_t results);

}  // namespace betwixt
