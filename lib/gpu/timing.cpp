// SPDX-License-Identifier: MIT
#include "betwixt/gpu/detail/timing.h"

namespace betwixt::gpu {

std::unique_ptr<TimingQueries> TimingQueries::create(Context& context, std::size_t dispatches) {
  if (!context.options().timestamps || context.physical().timestamp_bits == 0 || dispatches == 0) return nullptr;
  auto queries = std::make_unique<TimingQueries>();
  queries->count_ = static_cast<std::uint32_t>(dispatches) + 1;
  VkQueryPoolCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO;
  info.queryType = VK_QUERY_TYPE_TIMESTAMP;
  info.queryCount = queries->count_;
  VkQueryPool pool = VK_NULL_HANDLE;
  context.check(context.vk().vkCreateQueryPool(context.device(), &info, nullptr, &pool), "vkCreateQueryPool");
  queries->pool_ = {context.device(), pool, context.vk().vkDestroyQueryPool};
  return queries;
}

void TimingQueries::begin(Context& context, VkCommandBuffer commands) const {
  context.vk().vkCmdResetQueryPool(commands, pool_.get(), 0, count_);
  context.vk().vkCmdWriteTimestamp(commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, pool_.get(), 0);
}

void TimingQueries::after(Context& context, VkCommandBuffer commands, std::size_t index) const {
  context.vk().vkCmdWriteTimestamp(commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, pool_.get(),
                                   static_cast<std::uint32_t>(index) + 1);
}

std::vector<VulkanTiming> TimingQueries::read(Context& context, const Recording& recording) const {
  std::vector<std::uint64_t> ticks(count_);
  const VkResult result =
      context.vk().vkGetQueryPoolResults(context.device(), pool_.get(), 0, count_, ticks.size() * sizeof(std::uint64_t),
                                         ticks.data(), sizeof(std::uint64_t), VK_QUERY_RESULT_64_BIT);
  context.check(result, "vkGetQueryPoolResults");
  if (result != VK_SUCCESS) return {};
  const std::uint32_t bits = context.physical().timestamp_bits;
  const std::uint64_t mask = bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  const double milliseconds_per_tick = static_cast<double>(context.physical().properties.limits.timestampPeriod) * 1e-6;
  std::vector<VulkanTiming> timings;
  for (std::size_t i = 0; i < recording.step.size(); ++i) {
    const Command& command = recording.step[i];
    const char* shader = recording.pipelines[static_cast<std::size_t>(command.pipeline)].shader->name;
    const std::uint64_t passed = (ticks[i + 1] - ticks[i]) & mask;
    timings.push_back({command.op, shader, static_cast<double>(passed) * milliseconds_per_tick});
  }
  return timings;
}

}  // namespace betwixt::gpu
