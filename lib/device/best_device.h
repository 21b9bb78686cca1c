// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/gpu/vulkan_device.h"
#include "betwixt/tensor/device.h"

namespace betwixt {

/// A hardware GPU that computes a small program as the CPU does, else the CPU. Never a Vulkan driver that computes on
/// the CPU: our own CPU backend is faster. `options` are for the GPU (pipeline cache, for instance); `options.name` is
/// not looked at. Does not throw for want of a GPU, unless `options.storage` asks for what the CPU does not have
/// (E_UNSUPPORTED).
Device best_device(const VulkanOptions& options = {});

}  // namespace betwixt
