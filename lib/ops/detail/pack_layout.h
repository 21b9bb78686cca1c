// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "betwixt/tensor/tensor.h"

namespace betwixt {

// Functions used by kernels are defined out of line, in files compiled once for every processor.

constexpr std::int64_t kPackAlignment = 4;  // elements: 16 bytes of f32

/// Elements a part takes in a pack.
std::int64_t packed_size(const Shape& shape);

/// Where input `input` of a pack starts, in elements; with the number of inputs: the length of the pack.
std::int64_t packed_offset(const Node& node, int input);

}  // namespace betwixt
