// SPDX-License-Identifier: MIT
#include "betwixt/gpu/detail/buffer.h"

#include "betwixt/gpu/detail/result.h"

namespace betwixt::gpu {

std::unique_ptr<Buffer> Buffer::create(std::shared_ptr<Context> context, std::uint64_t bytes, MemoryUse use) {
  context->require_alive();
  std::unique_ptr<Buffer> buffer(new Buffer(std::move(context)));
  buffer->make_handle((bytes + 255) & ~std::uint64_t{255});
  Context& c = *buffer->context_;
  VkMemoryRequirements needs{};
  c.vk().vkGetBufferMemoryRequirements(c.device(), buffer->handle_, &needs);
  buffer->allocate(needs, use);
  c.check(c.vk().vkBindBufferMemory(c.device(), buffer->handle_, buffer->memory_, 0), "vkBindBufferMemory");
  if (buffer->flags_ & VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT) {
    void* address = nullptr;
    c.check(c.vk().vkMapMemory(c.device(), buffer->memory_, 0, VK_WHOLE_SIZE, 0, &address), "vkMapMemory");
    buffer->mapped_ = static_cast<std::byte*>(address);
  }
  return buffer;
}

void Buffer::make_handle(std::uint64_t bytes) {
  VkBufferCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO;
  info.size = bytes;
  info.usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT;
  info.sharingMode = VK_SHARING_MODE_EXCLUSIVE;
  context_->check(context_->vk().vkCreateBuffer(context_->device(), &info, nullptr, &handle_), "vkCreateBuffer");
  bytes_ = bytes;
}

void Buffer::allocate(const VkMemoryRequirements& needs, MemoryUse use) {
  const VkPhysicalDeviceMemoryProperties& memory = context_->physical().memory;
  VkResult result = VK_ERROR_OUT_OF_DEVICE_MEMORY;
  std::uint64_t heap_bytes = 0;
  for (const std::uint32_t type : memory_types(memory, use, needs.memoryTypeBits)) {
    VkMemoryAllocateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO;
    info.allocationSize = needs.size;
    info.memoryTypeIndex = type;
    result = context_->vk().vkAllocateMemory(context_->device(), &info, nullptr, &memory_);
    if (result == VK_SUCCESS) {
      flags_ = memory.memoryTypes[type].propertyFlags;
      allocated_ = needs.size;
      context_->counters().memory_bytes += allocated_;
      return;
    }
    memory_ = VK_NULL_HANDLE;
    heap_bytes = memory.memoryHeaps[memory.memoryTypes[type].heapIndex].size;
    if (result != VK_ERROR_OUT_OF_DEVICE_MEMORY) break;
  }
  if (result != VK_ERROR_OUT_OF_DEVICE_MEMORY && result != VK_ERROR_OUT_OF_HOST_MEMORY)
    context_->check(result, "vkAllocateMemory");
  throw Error(ErrorCode::kOutOfMemory, "vulkan", "%llu bytes of GPU memory asked, %llu in use, the heap has %llu",
              static_cast<unsigned long long>(needs.size),
              static_cast<unsigned long long>(context_->counters().memory_bytes),
              static_cast<unsigned long long>(heap_bytes));
}

Buffer::~Buffer() {
  if (context_->stuck()) return;
  const Functions& vk = context_->vk();
  if (mapped_) vk.vkUnmapMemory(context_->device(), memory_);
  if (handle_) vk.vkDestroyBuffer(context_->device(), handle_, nullptr);
  if (memory_) vk.vkFreeMemory(context_->device(), memory_, nullptr);
  context_->counters().memory_bytes -= allocated_;
}

VkMappedMemoryRange Buffer::whole() const {
  VkMappedMemoryRange range{};
  range.sType = VK_STRUCTURE_TYPE_MAPPED_MEMORY_RANGE;
  range.memory = memory_;
  range.size = VK_WHOLE_SIZE;
  return range;
}

void Buffer::flush() {
  if (!mapped_ || (flags_ & VK_MEMORY_PROPERTY_HOST_COHERENT_BIT)) return;
  const VkMappedMemoryRange range = whole();
  context_->check(context_->vk().vkFlushMappedMemoryRanges(context_->device(), 1, &range), "vkFlushMappedMemoryRanges");
}

void Buffer::invalidate() {
  if (!mapped_ || (flags_ & VK_MEMORY_PROPERTY_HOST_COHERENT_BIT)) return;
  const VkMappedMemoryRange range = whole();
  context_->check(context_->vk().vkInvalidateMappedMemoryRanges(context_->device(), 1, &range),
                  "vkInvalidateMappedMemoryRanges");
}

}  // namespace betwixt::gpu
