// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "betwixt/io/safetensors.h"
#include "betwixt/nn/parameters.h"

namespace betwixt::detail {

/// A parameter's shape in a file.
std::vector<std::int64_t> saved_shape(const ParameterSpec& spec);
std::vector<float> to_saved(const ParameterSpec& spec, std::span<const float> ours);
std::vector<float> from_saved(const ParameterSpec& spec, std::span<const float> saved);
std::vector<std::byte> as_bytes(std::span<const float> values);

/// All tensors a file with this set's weights must hold.
std::vector<ExpectedTensor> expected_tensors(const Parameters& parameters);
/// Reads all of them; the file was checked with `expected_tensors` before.
void read_weights(const Parameters& parameters, SafetensorsFile& file);
void add_weights(const Parameters& parameters, SafetensorsWriter& writer);

}  // namespace betwixt::detail
