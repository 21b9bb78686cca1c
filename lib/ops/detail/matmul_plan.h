// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include "betwixt/tensor/tensor.h"

namespace betwixt::detail {

constexpr std::int64_t kMatmulRows = 192;   ///< most rows of a block
constexpr std::int64_t kMatmulBlock = 512;  ///< most terms of a block
constexpr std::int64_t kMatmulPanelBytes = 32768;

/// Scratch of one running chunk: a panel of the right side and the pointers to rows.
constexpr std::size_t kMatmulSlotBytes = static_cast<std::size_t>(kMatmulPanelBytes + 2 * 8 * kMatmulBlock + 64);
std::size_t matmul_scratch_bytes(int threads);

}  // namespace betwixt::detail
