// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <vector>

// Faults planted between the library and the driver: shaders exchanged for others, barriers left out. The mutation runs
// (mutants.h) use it; one device at a time.
namespace betwixt::ops_test::gpu_probe {

/// For VulkanOptions::get_instance_proc_address.
void* entry();

/// From now on shader NAME is folder/NAME.spv where there is such a file. Throws when there is none at all.
void exchange_shaders(const std::string& folder);
/// How many of those were asked for so far.
std::size_t exchanged();

/// Starts counting recorded barriers anew; the one numbered `leave_out` (0 is the first; none below 0) is not recorded.
void restart_barriers(std::ptrdiff_t leave_out);
/// What stands before and after every barrier since then: "gemm > gemm_join"; "-" is the start or end of a recording.
const std::vector<std::string>& barriers();

}  // namespace betwixt::ops_test::gpu_probe
