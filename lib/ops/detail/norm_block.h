// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace betwixt {

/// Elements whose sum is one part of the reductions over whole tensors.
constexpr std::int64_t kNormBlock = 1024;

}  // namespace betwixt
