// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "betwixt/image/images.h"
#include "betwixt/media/convert.h"

namespace betwixt {

/// How pictures are decoded, and how large they may be.
struct DecodeOptions {
  /// Composite alpha on this colour and drop it. Without it, alpha is kept, premultiplied.
  std::optional<Colour> background = {};
  /// Limits, checked before anything is allocated: "picture side", "picture pixels", "scans" in the error.
  int max_side = 16384;
  std::uint64_t max_pixels = std::uint64_t{64} << 20;
  int max_scans = 100;
  /// Whether a wrong CRC in a PNG chunk that does not touch the pixels (text, profiles) refuses the file.
  bool check_ancillary_crc = true;
};

/// One PNG or JPEG picture, told apart by its first bytes; the file may be hostile.
///
/// PNG: every colour type, depth and interlacing; 16 bits are rounded to 8, palettes expanded, tRNS becomes alpha.
/// JPEG: baseline, extended and progressive Huffman, 8 bits, grey or three components; bytes after EOI are ignored, as
/// cameras put more there. Metadata is skipped by its length only: Exif orientation and colour profiles do nothing.
/// Channels are the file's own: 1 grey, 2 grey + alpha, 3 RGB, 4 RGBA; alpha premultiplied.
///
/// Every fault throws Error with the byte offset: E_TRUNCATED, E_BAD_MAGIC, E_SYNTAX, E_VALUE, E_CHECKSUM, E_MISSING,
/// E_DUPLICATE, E_TRAILING, E_OFFSET, E_LIMIT, E_OVERFLOW, E_BOMB, E_MISMATCH, E_UNSUPPORTED (animated PNG; arithmetic,
/// lossless, hierarchical, 12-bit or four-component JPEG), E_OOM. Nothing partial is ever returned.
Images decode_picture(std::span<const std::byte> bytes, const DecodeOptions& options = {});

}  // namespace betwixt
