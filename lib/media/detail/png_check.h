// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "betwixt/media/decode.h"

namespace betwixt::detail {

enum class PngColour : std::uint8_t { kGrey = 0, kRgb = 2, kPalette = 3, kGreyAlpha = 4, kRgba = 6 };

/// What a PNG says about itself, everything checked.
struct PngFile {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  int depth = 0;
  PngColour colour = PngColour::kGrey;
  bool interlaced = false;
  std::vector<std::array<std::uint8_t, 3>> palette;
  std::vector<std::uint8_t> palette_alpha;            ///< tRNS of a palette picture, may be shorter than it
  bool has_key = false;                               ///< tRNS of a grey or RGB picture:
  std::array<std::uint16_t, 3> key{};                 ///< the one sample value that is transparent
  std::vector<std::span<const unsigned char>> parts;  ///< the bytes a decoder needs: signature, IHDR, PLTE, IDATs, IEND
  std::vector<std::span<const unsigned char>> data;   ///< contents of the IDAT chunks

  int samples() const;                                ///< per pixel, as stored
  int row_bits() const { return samples() * depth; }  ///< bits per pixel
};

/// Bytes of a row of `width` pixels of `bits` each.
std::uint64_t png_row_bytes(std::uint64_t width, int bits);

/// Walks the chunks: signature, order, lengths, CRCs, and the values of IHDR, PLTE and tRNS. Throws Error.
PngFile check_png_chunks(std::span<const std::byte> bytes, const DecodeOptions& options);

/// Inflates the picture data once without keeping it: the zlib header, the exact size, the filter byte of every row,
/// Adler-32, and nothing left over. After this, a decoder cannot meet a surprise. Throws Error.
void check_png_data(const PngFile& file, std::span<const std::byte> bytes);

}  // namespace betwixt::detail
