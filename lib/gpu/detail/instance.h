// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>

#include "betwixt/gpu/detail/functions.h"
#include "betwixt/gpu/vulkan_device.h"

namespace betwixt::gpu {

/// A Vulkan instance, own or the application's, with the functions of its level.
class Instance {
 public:
  /// Null when there is no loader. Throws E_UNSUPPORTED below Vulkan 1.1.
  static std::shared_ptr<Instance> create(const VulkanOptions& options);
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  const Functions& functions() const { return vk_; }
  VkInstance handle() const { return handle_; }
  /// Highest version that may be used.
  std::uint32_t api_version() const { return api_version_; }

 private:
  Instance() = default;
  void make(const VulkanOptions& options);
  void make_messenger();

  std::shared_ptr<Loader> loader_;
  Functions vk_;
  VkInstance handle_ = VK_NULL_HANDLE;
  bool owned_ = false;
  std::uint32_t api_version_ = VK_API_VERSION_1_1;
  std::unique_ptr<VulkanValidation> validation_;  ///< at a fixed address: the messenger points to it
  VkDebugUtilsMessengerEXT messenger_ = VK_NULL_HANDLE;
};

}  // namespace betwixt::gpu
