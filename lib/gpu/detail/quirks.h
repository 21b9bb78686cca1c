// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>

#include "betwixt/gpu/detail/functions.h"

namespace betwixt::gpu {

/// What is done differently on a device with known faults.
struct Quirks {
  bool no_pipeline_cache = false;
  bool no_storage_16bit = false;
  bool no_subgroups = false;
  bool few_registers = false;          ///< products keep to tiles of at most 32 sums an invocation
  bool no_recycling = false;           ///< every tensor of a program has memory of its own
  std::uint32_t max_shared_bytes = 0;  ///< 0: as the device says
  std::uint32_t max_invocations = 0;   ///< 0: as the device says
  double submit_milliseconds = 0;      ///< 0: as the options say
};

/// One known fault. A row applies when vendor and driver fit (0: any), the device's name contains `name` (null: any)
/// and its API or driver version is below the limits (0: any).
struct QuirkRow {
  std::uint32_t vendor;
  VkDriverId driver;
  const char* name;
  std::uint32_t below_api;
  Quirks quirks;
  const char* symptom;
  const char* source;
};

std::span<const QuirkRow> quirk_table();

/// All rows that apply, joined.
Quirks find_quirks(const VkPhysicalDeviceProperties& properties, VkDriverId driver);

}  // namespace betwixt::gpu
