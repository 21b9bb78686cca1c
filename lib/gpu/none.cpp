// SPDX-License-Identifier: MIT
// What a build without Vulkan has instead of the backend.
#include "betwixt/core/error.h"
#include "betwixt/gpu/vulkan_device.h"

namespace betwixt {

Device vulkan_device(const VulkanOptions&) {
  throw Error(ErrorCode::kUnsupported, "vulkan_device", "this build has no Vulkan");
}
std::vector<DeviceInfo> vulkan_devices() { return {}; }
bool vulkan_validation_available() { return false; }
std::vector<VulkanTiming> vulkan_timings(const Device&) { return {}; }
VulkanCounters vulkan_counters(const Device&) { return {}; }
void vulkan_copy_from_buffer(const State&, const VulkanBufferRange&) {
  throw Error(ErrorCode::kUnsupported, "vulkan_copy_from_buffer", "this build has no Vulkan");
}
void vulkan_copy_to_buffer(const State&, const VulkanBufferRange&) {
  throw Error(ErrorCode::kUnsupported, "vulkan_copy_to_buffer", "this build has no Vulkan");
}
void vulkan_copy_from_image(const State&, const VulkanImageArea&) {
  throw Error(ErrorCode::kUnsupported, "vulkan_copy_from_image", "this build has no Vulkan");
}
void vulkan_copy_to_image(const State&, const VulkanImageArea&) {
  throw Error(ErrorCode::kUnsupported, "vulkan_copy_to_image", "this build has no Vulkan");
}

}  // namespace betwixt
