// SPDX-License-Identifier: MIT
#pragma once

#include <cstdlib>
#include <cstring>

#include "betwixt/gpu/vulkan_device.h"

namespace betwixt {

/// `options`, lowered to what every Vulkan device can do when the environment has BETWIXT_TEST_LIMITS=minimum: 128
/// invocations, 16 KiB of shared memory, no subgroup arithmetic, no 16-bit storage, buffers of 128 MiB.
inline VulkanOptions test_vulkan_options(VulkanOptions options = {}) {
  const char* limits = std::getenv("BETWIXT_TEST_LIMITS");
  if (!limits || std::strcmp(limits, "minimum") != 0) return options;
  if (!options.limits) options.limits = GpuLimits{};
  if (options.buffer_bytes == 0) options.buffer_bytes = std::uint64_t{1} << 27;
  return options;
}

}  // namespace betwixt
