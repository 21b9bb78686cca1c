// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "betwixt/gpu/detail/functions.h"

namespace betwixt::gpu {

/// What memory is for.
enum class MemoryUse {
  kArena,    ///< read and written by shaders only
  kState,    ///< by shaders, and now and then by the host
  kStaging,  ///< by the host, and by copies
};

/// The memory types among `allowed` (a bit each) that suit `use`, best first. Host-visible device memory serves states
/// only where all of the device's memory is visible; the classic window of 256 MB is left alone.
std::vector<std::uint32_t> memory_types(const VkPhysicalDeviceMemoryProperties& memory, MemoryUse use,
                                        std::uint32_t allowed);

}  // namespace betwixt::gpu
