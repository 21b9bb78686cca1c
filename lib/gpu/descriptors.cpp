// SPDX-License-Identifier: MIT
#include "betwixt/gpu/detail/descriptors.h"

namespace betwixt::gpu {
namespace {

void write_set(Context& context, VkDescriptorSet set, const BufferSet& buffers) {
  std::array<VkDescriptorBufferInfo, GpuDispatch::kMaxOperands> infos{};
  std::array<VkWriteDescriptorSet, GpuDispatch::kMaxOperands> writes{};
  for (std::uint32_t i = 0; i < buffers.size(); ++i) {
    infos[i] = {buffers[i].buffer, buffers[i].offset, buffers[i].bytes};
    writes[i].sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET;
    writes[i].dstSet = set;
    writes[i].dstBinding = i;
    writes[i].descriptorCount = 1;
    writes[i].descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    writes[i].pBufferInfo = &infos[i];
  }
  context.vk().vkUpdateDescriptorSets(context.device(), static_cast<std::uint32_t>(writes.size()), writes.data(), 0,
                                      nullptr);
}

}  // namespace

DescriptorSets::DescriptorSets(Context& context, VkDescriptorSetLayout layout, const std::vector<BufferSet>& sets) {
  if (sets.empty()) return;
  const auto count = static_cast<std::uint32_t>(sets.size());
  const VkDescriptorPoolSize size{VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, count * GpuDispatch::kMaxOperands};
  VkDescriptorPoolCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO;
  info.maxSets = count;
  info.poolSizeCount = 1;
  info.pPoolSizes = &size;
  VkDescriptorPool pool = VK_NULL_HANDLE;
  context.check(context.vk().vkCreateDescriptorPool(context.device(), &info, nullptr, &pool), "vkCreateDescriptorPool");
  pool_ = {context.device(), pool, context.vk().vkDestroyDescriptorPool};

  const std::vector<VkDescriptorSetLayout> layouts(sets.size(), layout);
  VkDescriptorSetAllocateInfo allocate{};
  allocate.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO;
  allocate.descriptorPool = pool;
  allocate.descriptorSetCount = count;
  allocate.pSetLayouts = layouts.data();
  sets_.resize(sets.size());
  context.check(context.vk().vkAllocateDescriptorSets(context.device(), &allocate, sets_.data()),
                "vkAllocateDescriptorSets");
  for (std::size_t i = 0; i < sets.size(); ++i) write_set(context, sets_[i], sets[i]);
}

}  // namespace betwixt::gpu
