// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "betwixt/gpu/detail/instance.h"
#include "betwixt/gpu/detail/quirks.h"

namespace betwixt::gpu {

/// What one GPU is and can do.
struct PhysicalDevice {
  VkPhysicalDevice handle = VK_NULL_HANDLE;
  VkPhysicalDeviceProperties properties{};
  VkPhysicalDeviceMemoryProperties memory{};
  VkDriverId driver = VkDriverId(0);
  std::string driver_name;
  DeviceInfo info;
  Quirks quirks;
  GpuLimits limits;
  std::uint32_t queue_family = 0;
  std::uint32_t timestamp_bits = 0;       ///< of that family
  std::uint64_t max_buffer = 0;           ///< bytes one buffer may span
  bool needs_portability_subset = false;  ///< the extension must be switched on
  bool has_storage_16bit = false;
};

/// Every device with Vulkan 1.1 and a queue for compute, hardware first.
std::vector<PhysicalDevice> physical_devices(const Instance& instance);

/// The application's device, with the queue family it gave.
PhysicalDevice adopted_device(const Instance& instance, const VulkanAdopted& adopted);

/// The first whose name, driver or driver's nickname contains `name`, ignoring case. E_UNSUPPORTED when none does.
PhysicalDevice choose_device(const Instance& instance, const std::string& name);

}  // namespace betwixt::gpu
