// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include "betwixt/tensor/tensor.h"

namespace betwixt::detail {

constexpr std::int64_t kMatmulRows = 256;   ///< most rows of a block
constexpr std::int64_t kMatmulBlock = 512;  ///< most terms of a block
constexpr std::int64_t kMatmulPanelBytes = 32768;
constexpr std::int64_t kMatmulPackedTerms = 128;  ///< most terms of a block of a left side that is copied
constexpr std::int64_t kMatmulPackedBytes = 128 * 4 * (256 + 12);  ///< such a block; its last tile may be larger

/// Scratch of one running chunk: a panel of the right side, the pointers to rows and a block of the left side.
constexpr std::size_t kMatmulPointersAt = kMatmulPanelBytes;
constexpr std::size_t kMatmulPackedAt = kMatmulPointersAt + 2 * 8 * kMatmulBlock;
constexpr std::size_t kMatmulSlotBytes = kMatmulPackedAt + kMatmulPackedBytes + 64;
std::size_t matmul_scratch_bytes(int threads);

}  // namespace betwixt::detail
