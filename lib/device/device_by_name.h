// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "betwixt/cpu/cpu_device.h"
#include "betwixt/gpu/vulkan_device.h"
#include "betwixt/tensor/device.h"

namespace betwixt {

/// What a device is made with, whichever backend the name chooses.
struct DeviceOptions {
  CpuOptions cpu = {};        ///< `threads` holds unless the name says how many
  VulkanOptions vulkan = {};  ///< `name` is not looked at
};

/// The device a user names on a command line: "best", "cpu", "cpu:4" (threads), "vulkan" (the best Vulkan driver,
/// hardware first), "vulkan:NAME" (part of its name, in any case: "vulkan:lavapipe"). E_ARGUMENT for anything else,
/// E_UNSUPPORTED when there is no such device, or it cannot store tensors as `options.vulkan.storage` says.
Device open_device(const std::string& name, const DeviceOptions& options = {});

/// The CPU, then every Vulkan device.
std::vector<DeviceInfo> list_devices();

}  // namespace betwixt
