// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "betwixt/gpu/detail/recorder.h"
#include "betwixt/gpu/detail/schedule.h"
#include "betwixt/gpu/detail/timing.h"

namespace betwixt::gpu {

/// What commands of a recording need besides themselves.
struct EmitParts {
  Context& context;
  const Pipelines& pipelines;
  const DescriptorSets& sets;
  const Recording& recording;
};

/// Writes the commands of a range of `list` into a command buffer. `queries` may be null.
void emit_commands(const EmitParts& parts, VkCommandBuffer commands, const std::vector<Command>& list, const Span& span,
                   const TimingQueries* queries);

}  // namespace betwixt::gpu
