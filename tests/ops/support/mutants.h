// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

// The conformance table against planted faults. tools/mutate runs these over all of them.
namespace betwixt::ops_test {

/// Runs the cases of these entries on a device, with the shaders of `folder` in place of the library's (empty: the
/// library's own), until one fails. Returns 0 when none does, 1 when one does, 2 when no case used such a shader.
int run_mutant(const std::string& device_name, const std::string& folder, const std::vector<std::string>& entries);

/// Leaves out every kind of recorded barrier (by what stands before and after it) in turn and prints how many of them
/// the layer, the results or the guards noticed, and which they did not. Returns the number of the latter.
int run_without_barriers(const std::string& device_name, const std::vector<std::string>& entries);

/// For every entry the shaders its cases use: "conv2d: gemm gemm_join".
void print_entries_and_shaders();

/// Every shader with every set of constants that the table needs on small and large devices.
void print_table_variants();

}  // namespace betwixt::ops_test
