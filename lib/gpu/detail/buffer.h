// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "betwixt/gpu/detail/context.h"
#include "betwixt/gpu/detail/memory.h"

namespace betwixt::gpu {

/// A storage buffer with memory of its own. There are few, and big: tensors are ranges of them.
class Buffer {
 public:
  /// Tries the memory types that fit `use` in turn. E_OOM names the bytes asked for and the heap when all refuse.
  static std::unique_ptr<Buffer> create(std::shared_ptr<Context> context, std::uint64_t bytes, MemoryUse use);
  ~Buffer();
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  VkBuffer handle() const { return handle_; }
  std::uint64_t bytes() const { return bytes_; }
  /// The memory as the host sees it; null when it cannot.
  std::byte* mapped() const { return mapped_; }
  /// Reading through `mapped` is fast: the memory is cached.
  bool reads_fast() const { return mapped_ && (flags_ & VK_MEMORY_PROPERTY_HOST_CACHED_BIT); }
  /// Around host accesses of memory that is not coherent; nothing to do for other memory.
  void flush();
  void invalidate();

 private:
  explicit Buffer(std::shared_ptr<Context> context) : context_(std::move(context)) {}
  void make_handle(std::uint64_t bytes);
  void allocate(const VkMemoryRequirements& needs, MemoryUse use);
  VkMappedMemoryRange whole() const;

  std::shared_ptr<Context> context_;
  VkBuffer handle_ = VK_NULL_HANDLE;
  VkDeviceMemory memory_ = VK_NULL_HANDLE;
  std::uint64_t bytes_ = 0;
  std::uint64_t allocated_ = 0;
  VkMemoryPropertyFlags flags_ = 0;
  std::byte* mapped_ = nullptr;
};

}  // namespace betwixt::gpu
