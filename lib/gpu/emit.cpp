// SPDX-License-Identifier: MIT
#include "betwixt/gpu/detail/emit.h"

namespace betwixt::gpu {

void emit_commands(const EmitParts& parts, VkCommandBuffer commands, const std::vector<Command>& list, const Span& span,
                   const TimingQueries* queries) {
  const Functions& vk = parts.context.vk();
  const VkPipelineLayout layout = parts.pipelines.layout();
  int pipeline = -1;
  int set = -1;
  for (std::size_t i = span.begin; i < span.end; ++i) {
    const Command& command = list[i];
    if (command.barrier) {
      compute_barrier(vk, commands);
      ++parts.context.counters().barriers;
    }
    if (command.pipeline != pipeline) {
      pipeline = command.pipeline;
      vk.vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE,
                           parts.pipelines.get(parts.recording.pipelines[static_cast<std::size_t>(pipeline)]));
    }
    if (command.set != set) {
      set = command.set;
      const VkDescriptorSet handle = parts.sets[static_cast<std::size_t>(set)];
      vk.vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &handle, 0, nullptr);
    }
    vk.vkCmdPushConstants(commands, layout, VK_SHADER_STAGE_COMPUTE_BIT, 0, Pipelines::kPushBytes, command.push.data());
    vk.vkCmdDispatch(commands, command.groups[0], command.groups[1], command.groups[2]);
    ++parts.context.counters().dispatches;
    if (queries) queries->after(parts.context, commands, i);
  }
}

}  // namespace betwixt::gpu
