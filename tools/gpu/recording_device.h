// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "betwixt/tensor/device.h"
#include "betwixt/tensor/gpu_call.h"

namespace betwixt {

/// A shader with its specialisation constants: what a driver compiles.
struct ShaderVariant {
  std::string shader;  ///< "gemm", "gemm_half:9"
  std::vector<std::uint32_t> constants;
  friend bool operator==(const ShaderVariant&, const ShaderVariant&) = default;
  friend auto operator<=>(const ShaderVariant&, const ShaderVariant&) = default;
};
using ShaderVariants = std::set<ShaderVariant>;

/// A device that computes nothing: programs compiled on it add the variants they would dispatch on a GPU with these
/// limits to `found`, which must outlive it. Every result is zero. `storage` as VulkanOptions::storage.
Device recording_device(const GpuLimits& limits, ShaderVariants& found, DType storage = DType::kF32);

/// Limits from the Vulkan minimum to a large card, so that every choice of a variant is met.
std::vector<GpuLimits> limits_worth_recording();

/// A line each: the shader's name, behind a colon which operands are halves if any (gpu::half_operands), and its
/// constants.
void print_variants(const ShaderVariants& variants);

}  // namespace betwixt
