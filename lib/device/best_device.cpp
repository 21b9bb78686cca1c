// SPDX-License-Identifier: MIT
#include "betwixt/device/best_device.h"

#include "betwixt/core/error.h"
#include "betwixt/cpu/cpu_device.h"
#include "betwixt/device/detail/self_test.h"

namespace betwixt {

Device best_device(const VulkanOptions& options) {
  for (const DeviceInfo& info : vulkan_devices()) {
    if (info.is_software) continue;
    try {
      VulkanOptions chosen = options;
      chosen.name = info.name;
      Device device = vulkan_device(chosen);
      if (detail::passes_self_test(device)) return device;
    } catch (const Error&) {
      // The next one, or the CPU.
    }
  }
  if (options.storage != DType::kF32)
    throw Error(ErrorCode::kUnsupported, "best_device", "no GPU here stores tensors as %s, and the CPU does not",
                dtype_name(options.storage));
  return cpu_device();
}

}  // namespace betwixt
