// SPDX-License-Identifier: MIT
#pragma once

#include <cstdlib>
#include <cstring>

#include "betwixt/gpu/vulkan_device.h"

namespace betwixt {

/// `options`, made harder when the environment has BETWIXT_TEST_LIMITS:
///   minimum      what every Vulkan device can do: 128 invocations, 16 KiB of shared memory, no subgroup arithmetic, no
///                16-bit storage, buffers of 128 MiB
///   few_groups   67 workgroups along an axis instead of 65535, so that small work needs a grid of two axes and has
///                workgroups without work in its last row
inline VulkanOptions test_vulkan_options(VulkanOptions options = {}) {
  const char* limits = std::getenv("BETWIXT_TEST_LIMITS");
  if (!limits) return options;
  if (std::strcmp(limits, "minimum") == 0) {
    if (!options.limits) options.limits = GpuLimits{};
    if (options.buffer_bytes == 0) options.buffer_bytes = std::uint64_t{1} << 27;
  }
  if (std::strcmp(limits, "few_groups") == 0) {
    if (!options.limits)
      options.limits = GpuLimits{
          .max_invocations = 1024, .shared_bytes = std::uint32_t{1} << 16, .subgroup_size = 128, .storage_16bit = true};
    options.limits->max_groups = 67;
  }
  return options;
}

}  // namespace betwixt
