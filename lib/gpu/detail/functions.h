// SPDX-License-Identifier: MIT
#pragma once

#define VK_NO_PROTOTYPES
#include <vulkan/vulkan.h>

#include <memory>

// Every Vulkan function the library calls.
#define BETWIXT_VULKAN_GLOBAL(X)            \
  X(vkCreateInstance)                       \
  X(vkEnumerateInstanceExtensionProperties) \
  X(vkEnumerateInstanceLayerProperties)

#define BETWIXT_VULKAN_INSTANCE(X)            \
  X(vkDestroyInstance)                        \
  X(vkEnumeratePhysicalDevices)               \
  X(vkEnumerateDeviceExtensionProperties)     \
  X(vkGetPhysicalDeviceProperties)            \
  X(vkGetPhysicalDeviceProperties2)           \
  X(vkGetPhysicalDeviceFeatures2)             \
  X(vkGetPhysicalDeviceMemoryProperties)      \
  X(vkGetPhysicalDeviceQueueFamilyProperties) \
  X(vkCreateDevice)                           \
  X(vkGetDeviceProcAddr)

// Present only with the extension VK_EXT_debug_utils.
#define BETWIXT_VULKAN_DEBUG(X)     \
  X(vkCreateDebugUtilsMessengerEXT) \
  X(vkDestroyDebugUtilsMessengerEXT)

#define BETWIXT_VULKAN_DEVICE(X)    \
  X(vkDestroyDevice)                \
  X(vkGetDeviceQueue)               \
  X(vkQueueSubmit)                  \
  X(vkAllocateMemory)               \
  X(vkFreeMemory)                   \
  X(vkMapMemory)                    \
  X(vkUnmapMemory)                  \
  X(vkFlushMappedMemoryRanges)      \
  X(vkInvalidateMappedMemoryRanges) \
  X(vkCreateBuffer)                 \
  X(vkDestroyBuffer)                \
  X(vkGetBufferMemoryRequirements)  \
  X(vkBindBufferMemory)             \
  X(vkCreateFence)                  \
  X(vkDestroyFence)                 \
  X(vkResetFences)                  \
  X(vkWaitForFences)                \
  X(vkCreateShaderModule)           \
  X(vkDestroyShaderModule)          \
  X(vkCreatePipelineCache)          \
  X(vkDestroyPipelineCache)         \
  X(vkGetPipelineCacheData)         \
  X(vkCreateComputePipelines)       \
  X(vkDestroyPipeline)              \
  X(vkCreatePipelineLayout)         \
  X(vkDestroyPipelineLayout)        \
  X(vkCreateDescriptorSetLayout)    \
  X(vkDestroyDescriptorSetLayout)   \
  X(vkCreateDescriptorPool)         \
  X(vkDestroyDescriptorPool)        \
  X(vkAllocateDescriptorSets)       \
  X(vkUpdateDescriptorSets)         \
  X(vkCreateCommandPool)            \
  X(vkDestroyCommandPool)           \
  X(vkResetCommandPool)             \
  X(vkAllocateCommandBuffers)       \
  X(vkBeginCommandBuffer)           \
  X(vkEndCommandBuffer)             \
  X(vkCreateQueryPool)              \
  X(vkDestroyQueryPool)             \
  X(vkGetQueryPoolResults)          \
  X(vkCmdBindPipeline)              \
  X(vkCmdBindDescriptorSets)        \
  X(vkCmdPushConstants)             \
  X(vkCmdDispatch)                  \
  X(vkCmdPipelineBarrier)           \
  X(vkCmdCopyBuffer)                \
  X(vkCmdCopyBufferToImage)         \
  X(vkCmdCopyImageToBuffer)         \
  X(vkCmdFillBuffer)                \
  X(vkCmdResetQueryPool)            \
  X(vkCmdWriteTimestamp)

namespace betwixt::gpu {

/// The one table through which everything is called. Filled in three steps; a null entry after its step is an
/// E_UNSUPPORTED naming the function (debug functions excepted).
struct Functions {
  PFN_vkGetInstanceProcAddr vkGetInstanceProcAddr = nullptr;
  PFN_vkEnumerateInstanceVersion vkEnumerateInstanceVersion = nullptr;  ///< null on Vulkan 1.0
#define BETWIXT_MEMBER(name) PFN_##name name = nullptr;
  BETWIXT_VULKAN_GLOBAL(BETWIXT_MEMBER)
  BETWIXT_VULKAN_INSTANCE(BETWIXT_MEMBER)
  BETWIXT_VULKAN_DEBUG(BETWIXT_MEMBER)
  BETWIXT_VULKAN_DEVICE(BETWIXT_MEMBER)
#undef BETWIXT_MEMBER

  void load_global(PFN_vkGetInstanceProcAddr entry);
  void load_instance(VkInstance instance);
  void load_device(VkDevice device);
};

/// The system's Vulkan loader, open while this lives.
class Loader {
 public:
  /// Null when there is none.
  static std::shared_ptr<Loader> open();
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;
  PFN_vkGetInstanceProcAddr entry() const { return entry_; }

 private:
  Loader(void* library, PFN_vkGetInstanceProcAddr address) : library_(library), entry_(address) {}
  void* library_;
  PFN_vkGetInstanceProcAddr entry_;
};

}  // namespace betwixt::gpu
