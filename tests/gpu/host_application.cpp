// SPDX-License-Identifier: MIT
#include "tests/gpu/host_application.h"

#include <bit>
#include <cstring>
#include <utility>

#include "betwixt/gpu/detail/memory.h"
#include "betwixt/gpu/detail/result.h"

namespace betwixt::test_gpu {

VKAPI_ATTR VkBool32 VKAPI_CALL HostApplication::on_message(VkDebugUtilsMessageSeverityFlagBitsEXT,
                                                           VkDebugUtilsMessageTypeFlagsEXT,
                                                           const VkDebugUtilsMessengerCallbackDataEXT* data,
                                                           void* user) {
  auto* host = static_cast<HostApplication*>(user);
  if (data->pMessageIdName && std::strcmp(data->pMessageIdName, "Loader Message") == 0) return VK_FALSE;
  const std::lock_guard<std::mutex> lock(host->message_mutex_);
  host->messages_.emplace_back(data->pMessage);
  return VK_FALSE;
}

HostApplication::HostApplication() : loader_(gpu::Loader::open()) {
  vk_.load_global(loader_->entry());
  make_instance();
  vk_.load_instance(instance_);
  make_device();
  vk_.load_device(device_);
  vk_.vkGetDeviceQueue(device_, 0, 0, &queue_);
  make_buffer();
  make_commands();
}

void HostApplication::make_instance() {
  const char* layer = "VK_LAYER_KHRONOS_validation";
  const char* extension = VK_EXT_DEBUG_UTILS_EXTENSION_NAME;
  const std::uint32_t debug = vulkan_validation_available() ? 1 : 0;
  VkApplicationInfo application{};
  application.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO;
  application.apiVersion = VK_API_VERSION_1_1;
  VkInstanceCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO;
  info.pApplicationInfo = &application;
  info.enabledLayerCount = debug;
  info.ppEnabledLayerNames = &layer;
  info.enabledExtensionCount = debug;
  info.ppEnabledExtensionNames = &extension;
  gpu::check(vk_.vkCreateInstance(&info, nullptr, &instance_), "vkCreateInstance");
  if (!debug) return;
  const auto create = reinterpret_cast<PFN_vkCreateDebugUtilsMessengerEXT>(
      vk_.vkGetInstanceProcAddr(instance_, "vkCreateDebugUtilsMessengerEXT"));
  VkDebugUtilsMessengerCreateInfoEXT messenger{};
  messenger.sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT;
  messenger.messageSeverity =
      VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT | VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT;
  messenger.messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT;
  messenger.pfnUserCallback = on_message;
  messenger.pUserData = this;
  gpu::check(create(instance_, &messenger, nullptr, &messenger_), "vkCreateDebugUtilsMessengerEXT");
}

void HostApplication::make_device() {
  std::uint32_t count = 1;
  vk_.vkEnumeratePhysicalDevices(instance_, &count, &physical_);
  const float priority = 1;
  VkDeviceQueueCreateInfo queue{};
  queue.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO;
  queue.queueCount = 1;
  queue.pQueuePriorities = &priority;
  VkDeviceCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO;
  info.queueCreateInfoCount = 1;
  info.pQueueCreateInfos = &queue;
  gpu::check(vk_.vkCreateDevice(physical_, &info, nullptr, &device_), "vkCreateDevice");
}

void HostApplication::make_buffer() {
  VkBufferCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO;
  info.size = kBufferBytes;
  info.usage = VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT;
  gpu::check(vk_.vkCreateBuffer(device_, &info, nullptr, &buffer_), "vkCreateBuffer");
  VkMemoryRequirements needs{};
  vk_.vkGetBufferMemoryRequirements(device_, buffer_, &needs);
  VkPhysicalDeviceMemoryProperties memory{};
  vk_.vkGetPhysicalDeviceMemoryProperties(physical_, &memory);
  VkMemoryAllocateInfo allocate{};
  allocate.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO;
  allocate.allocationSize = needs.size;
  allocate.memoryTypeIndex = gpu::memory_types(memory, gpu::MemoryUse::kStaging, needs.memoryTypeBits).at(0);
  gpu::check(vk_.vkAllocateMemory(device_, &allocate, nullptr, &memory_), "vkAllocateMemory");
  gpu::check(vk_.vkBindBufferMemory(device_, buffer_, memory_, 0), "vkBindBufferMemory");
  void* address = nullptr;
  gpu::check(vk_.vkMapMemory(device_, memory_, 0, VK_WHOLE_SIZE, 0, &address), "vkMapMemory");
  words_ = static_cast<std::uint32_t*>(address);
}

void HostApplication::make_commands() {
  VkCommandPoolCreateInfo pool{};
  pool.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO;
  gpu::check(vk_.vkCreateCommandPool(device_, &pool, nullptr, &pool_), "vkCreateCommandPool");
  VkCommandBufferAllocateInfo allocate{};
  allocate.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO;
  allocate.commandPool = pool_;
  allocate.commandBufferCount = 1;
  gpu::check(vk_.vkAllocateCommandBuffers(device_, &allocate, &commands_), "vkAllocateCommandBuffers");
  VkFenceCreateInfo fence{};
  fence.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO;
  gpu::check(vk_.vkCreateFence(device_, &fence, nullptr, &fence_), "vkCreateFence");
}

HostApplication::~HostApplication() {
  vk_.vkDestroyFence(device_, fence_, nullptr);
  vk_.vkDestroyCommandPool(device_, pool_, nullptr);
  vk_.vkUnmapMemory(device_, memory_);
  vk_.vkDestroyBuffer(device_, buffer_, nullptr);
  vk_.vkFreeMemory(device_, memory_, nullptr);
  vk_.vkDestroyDevice(device_, nullptr);
  if (messenger_) vk_.vkDestroyDebugUtilsMessengerEXT(instance_, messenger_, nullptr);
  vk_.vkDestroyInstance(instance_, nullptr);
}

VulkanAdopted HostApplication::adopted() {
  VulkanAdopted adopted;
  adopted.instance = instance_;
  adopted.physical_device = physical_;
  adopted.device = device_;
  adopted.queue = queue_;
  adopted.lock = [this] {
    queue_mutex_.lock();
    locked_ = true;
    ++locks_;
  };
  adopted.unlock = [this] {
    locked_ = false;
    queue_mutex_.unlock();
  };
  return adopted;
}

std::vector<std::string> HostApplication::messages() {
  const std::lock_guard<std::mutex> lock(message_mutex_);
  return std::exchange(messages_, {});
}

void HostApplication::draw(std::uint32_t word) {
  submit([&](VkCommandBuffer commands) { vk_.vkCmdFillBuffer(commands, buffer_, 0, kBufferBytes, word); });
}

void HostApplication::submit(const std::function<void(VkCommandBuffer)>& record) {
  gpu::check(vk_.vkResetCommandPool(device_, pool_, 0), "vkResetCommandPool");
  VkCommandBufferBeginInfo begin{};
  begin.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO;
  begin.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT;
  gpu::check(vk_.vkBeginCommandBuffer(commands_, &begin), "vkBeginCommandBuffer");
  record(commands_);
  gpu::check(vk_.vkEndCommandBuffer(commands_), "vkEndCommandBuffer");
  gpu::check(vk_.vkResetFences(device_, 1, &fence_), "vkResetFences");
  VkSubmitInfo info{};
  info.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO;
  info.commandBufferCount = 1;
  info.pCommandBuffers = &commands_;
  {
    const std::lock_guard<std::mutex> lock(queue_mutex_);
    gpu::check(vk_.vkQueueSubmit(queue_, 1, &info, fence_), "vkQueueSubmit");
  }
  gpu::check(vk_.vkWaitForFences(device_, 1, &fence_, VK_TRUE, 10'000'000'000), "vkWaitForFences");
}

std::uint64_t HostApplication::buffer() const { return std::bit_cast<std::uint64_t>(buffer_); }

std::span<std::uint32_t> HostApplication::buffer_words() { return {words_, kBufferBytes / 4}; }

}  // namespace betwixt::test_gpu
