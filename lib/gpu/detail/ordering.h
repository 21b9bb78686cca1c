// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <vector>

#include "betwixt/gpu/detail/recorder.h"
#include "betwixt/tensor/hazard_levels.h"

namespace betwixt::gpu {

/// What a command touches. Commands of one group stand side by side without a barrier in one op: they are known to be
/// independent, however their ranges look.
struct Footprint {
  int group = 0;
  std::array<betwixt::detail::HazardLevels::Use, GpuDispatch::kMaxOperands + GpuDispatch::kMaxShared> uses{};
  int use_count = 0;

  void add(const betwixt::detail::HazardLevels::Use& use) { uses[static_cast<std::size_t>(use_count++)] = use; }
};

/// Whether a command of `footprint`'s group, the last in `earlier`, writes bytes that it writes too and neither of them
/// reads: parts of one result whose bound ranges overlap.
bool writes_again(const std::vector<Footprint>& earlier, const Footprint& footprint);

/// Sorts commands so that those which do not need one another stand together, in their old order, and asks for a
/// barrier only where a new level begins. `footprints[i]` belongs to `commands[i]`; groups stand together.
void order_commands(std::vector<Command>& commands, const std::vector<Footprint>& footprints);

}  // namespace betwixt::gpu
