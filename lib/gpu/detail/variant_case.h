// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "betwixt/tensor/gpu_call.h"
#include "betwixt/tensor/plan.h"

namespace betwixt::gpu {

/// One call with a small memory of its own, to be computed twice: here and on the CPU.
struct VariantCase {
  PlanCall call;  ///< all ranges in buffer 0
  std::size_t bytes = 0;
};

/// Bytes that a call touches.
std::size_t touched_bytes(const PlanCall& call);

/// True when the CPU can say what is right.
bool has_reference(const PlanCall& call);

/// The call as it is. What shares memory still does.
VariantCase same_case(const PlanCall& call);

/// The same op on fewer rows: the first axis of the first input is cut to `rows`, wherever the inputs share it. Empty
/// when the op does not accept that, or when inputs and outputs share memory in other ways than whole.
std::optional<VariantCase> cut_case(const PlanCall& call, std::int64_t rows, const GpuLimits& limits);

/// Numbers of each input's type; all else gets bits that nobody computes.
void fill_case(const VariantCase& test, std::span<std::byte> memory);

/// Computes the call with the plain kernels of the CPU.
void run_reference(const VariantCase& test, std::span<std::byte> memory);

/// Whether the outputs agree: integers to the bit, floating point within a thousandth of the largest value. One value
/// in a hundred may differ more: rounding decides where a function has steps.
bool outputs_agree(const VariantCase& test, std::span<const std::byte> found, std::span<const std::byte> right);

}  // namespace betwixt::gpu
