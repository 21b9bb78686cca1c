// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "betwixt/gpu/detail/functions.h"
#include "betwixt/gpu/vulkan_device.h"

namespace betwixt::test_gpu {

/// Plays the application: has an instance, a device and a queue of its own, with validation where it is installed, and
/// draws something while the library trains.
class HostApplication {
 public:
  HostApplication();
  ~HostApplication();
  HostApplication(const HostApplication&) = delete;
  HostApplication& operator=(const HostApplication&) = delete;

  VulkanAdopted adopted();
  bool queue_is_locked() const { return locked_; }
  std::uint64_t locks() const { return locks_; }
  std::vector<std::string> messages();

  /// One frame: fills the application's buffer with `word`, in a submission of its own, and waits for it.
  void draw(std::uint32_t word);
  /// Records, submits inside the lock and waits.
  void submit(const std::function<void(VkCommandBuffer)>& record);
  const gpu::Functions& vk() const { return vk_; }
  VkDevice device() const { return device_; }
  VkPhysicalDevice physical_device() const { return physical_; }
  std::uint64_t buffer() const;
  static constexpr std::uint64_t kBufferBytes = 65536;
  std::span<std::uint32_t> buffer_words();

 private:
  static VKAPI_ATTR VkBool32 VKAPI_CALL on_message(VkDebugUtilsMessageSeverityFlagBitsEXT,
                                                   VkDebugUtilsMessageTypeFlagsEXT,
                                                   const VkDebugUtilsMessengerCallbackDataEXT* data, void* user);
  void make_instance();
  void make_device();
  void make_buffer();
  void make_commands();

  std::shared_ptr<gpu::Loader> loader_;
  gpu::Functions vk_;
  VkInstance instance_ = VK_NULL_HANDLE;
  VkDebugUtilsMessengerEXT messenger_ = VK_NULL_HANDLE;
  VkPhysicalDevice physical_ = VK_NULL_HANDLE;
  VkDevice device_ = VK_NULL_HANDLE;
  VkQueue queue_ = VK_NULL_HANDLE;
  VkBuffer buffer_ = VK_NULL_HANDLE;
  VkDeviceMemory memory_ = VK_NULL_HANDLE;
  std::uint32_t* words_ = nullptr;
  VkCommandPool pool_ = VK_NULL_HANDLE;
  VkCommandBuffer commands_ = VK_NULL_HANDLE;
  VkFence fence_ = VK_NULL_HANDLE;
  std::mutex queue_mutex_;
  std::atomic<bool> locked_{false};
  std::atomic<std::uint64_t> locks_{0};
  std::mutex message_mutex_;
  std::vector<std::string> messages_;
};

}  // namespace betwixt::test_gpu
