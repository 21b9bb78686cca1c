// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "betwixt/core/file.h"
#include "betwixt/io/safetensors.h"
#include "betwixt/nn/parameters.h"

namespace betwixt {

// A parameter set as tensors of a safetensors file under PyTorch's names, in PyTorch's shapes and order of elements
// (convolutions [out, in, h, w], dense layers [out, in] with features in PyTorch's order of a flattened picture), its
// buffers (running statistics) included. Networks move both ways:
//   in PyTorch:  safetensors.torch.save_file(net.state_dict(), "net.safetensors")
//   here:        load_weights(parameters, file)   or   save_weights("net.safetensors", parameters)
// A .pt file is turned into safetensors by tools/pt_to_safetensors.

/// Loads every parameter and buffer of the set from tensors of the same names; any floating-point or integer type.
/// PyTorch's counters NAME.num_batches_tracked beside running statistics are passed over.
/// E_MISSING, E_UNKNOWN_KEY (unless `allow_extra`), E_SHAPE, each listing names; E_NOT_FINITE. Names and shapes are
/// checked before anything is changed.
void load_weights(const Parameters& parameters, SafetensorsFile& file, bool allow_extra = false);

/// Saves the set as f32, all or nothing.
void save_weights(const std::string& path, const Parameters& parameters, FileSystem& files = default_file_system());

/// The same as parts of a file with more in it: what to expect, reading after `check_tensors`, and adding.
std::vector<ExpectedTensor> expected_weights(const Parameters& parameters, const SafetensorsFile& file);
void read_weights(const Parameters& parameters, SafetensorsFile& file);
void add_weights(const Parameters& parameters, SafetensorsWriter& writer);

}  // namespace betwixt
