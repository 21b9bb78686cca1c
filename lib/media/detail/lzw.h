// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace betwixt::detail {

/// Appends the image data of a GIF: the code size, LZW codes in blocks of at most 255 bytes, the empty block.
/// `bits` is that of the palette (2 to 8, GIF allows no less); every index must be below 1 << bits.
void append_lzw(std::span<const std::uint8_t> indices, int bits, std::vector<std::byte>& out);

}  // namespace betwixt::detail
