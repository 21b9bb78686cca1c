// SPDX-License-Identifier: MIT
#include "betwixt/gpu/detail/memory.h"

#include <algorithm>

namespace betwixt::gpu {
namespace {

constexpr VkMemoryPropertyFlags kLocal = VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT;
constexpr VkMemoryPropertyFlags kVisible = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT;
constexpr VkMemoryPropertyFlags kCoherent = VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
constexpr VkMemoryPropertyFlags kCached = VK_MEMORY_PROPERTY_HOST_CACHED_BIT;
// Protected, lazily allocated and uncached device-coherent memory.
constexpr VkMemoryPropertyFlags kStrange = VK_MEMORY_PROPERTY_LAZILY_ALLOCATED_BIT | VK_MEMORY_PROPERTY_PROTECTED_BIT |
                                           VK_MEMORY_PROPERTY_DEVICE_COHERENT_BIT_AMD |
                                           VK_MEMORY_PROPERTY_DEVICE_UNCACHED_BIT_AMD;

/// One preference: all of `needed`, none of `refused`.
struct Wish {
  VkMemoryPropertyFlags needed;
  VkMemoryPropertyFlags refused;
  bool whole_heap;  ///< only in the largest device heap
};

std::vector<Wish> wishes(MemoryUse use) {
  switch (use) {
    case MemoryUse::kArena:
      return {{kLocal, kVisible, false}, {kLocal, 0, false}, {kVisible | kCoherent, 0, false}};
    case MemoryUse::kState:
      return {{kLocal | kVisible | kCoherent, 0, true},
              {kLocal, kVisible, false},
              {kVisible | kCoherent, 0, false},
              {kLocal, 0, false}};
    case MemoryUse::kStaging:
      return {{kVisible | kCoherent | kCached, 0, false}, {kVisible | kCached, 0, false}, {kVisible, 0, false}};
  }
  return {};
}

std::uint64_t largest_local_heap(const VkPhysicalDeviceMemoryProperties& memory) {
  std::uint64_t largest = 0;
  for (std::uint32_t i = 0; i < memory.memoryTypeCount; ++i)
    if (memory.memoryTypes[i].propertyFlags & kLocal)
      largest = std::max<std::uint64_t>(largest, memory.memoryHeaps[memory.memoryTypes[i].heapIndex].size);
  return largest;
}

}  // namespace

std::vector<std::uint32_t> memory_types(const VkPhysicalDeviceMemoryProperties& memory, MemoryUse use,
                                        std::uint32_t allowed) {
  const std::uint64_t whole = largest_local_heap(memory);
  std::vector<std::uint32_t> order;
  for (const Wish& wish : wishes(use)) {
    for (std::uint32_t i = 0; i < memory.memoryTypeCount; ++i) {
      const VkMemoryType& type = memory.memoryTypes[i];
      if (!(allowed >> i & 1) || (type.propertyFlags & kStrange)) continue;
      if ((type.propertyFlags & wish.needed) != wish.needed || (type.propertyFlags & wish.refused)) continue;
      if (wish.whole_heap && memory.memoryHeaps[type.heapIndex].size < whole) continue;
      if (std::find(order.begin(), order.end(), i) == order.end()) order.push_back(i);
    }
  }
  return order;
}

}  // namespace betwixt::gpu
