// SPDX-License-Identifier: MIT
// Options: bit 0 background, bit 1 ancillary CRCs unchecked, bits 2 and 3
// what is repaired so that damage behind a checksum is reached, from bit 8 the pixel limit, from bit 32 the side limit.
#include <string>

#include "betwixt/media/decode.h"
#include "tests/fuzz/failing_allocation.h"
#include "tests/media/png_builder.h"

namespace {

using namespace betwixt;

/// Every chunk with its right CRC.
std::string with_right_crcs(std::string file) {
  for (std::size_t at = 8; at + 12 <= file.size();) {
    std::uint32_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) length = length << 8 | static_cast<unsigned char>(file[at + i]);
    if (length > file.size() - at - 12) break;
    const std::string crc = media_test::be32(media_test::crc32_of(file.substr(at + 4, length + 4)));
    file.replace(at + 8 + length, 4, crc);
    at += 12 + length;
  }
  return file;
}

/// A file around a header (13 bytes), a palette (12 bytes) and pixel rows, all checksums right.
std::string around_rows(const std::string& bytes) {
  if (bytes.size() < 25) return bytes;
  const bool indexed = bytes[9] == 3;
  const std::string palette = indexed ? media_test::chunk("PLTE", bytes.substr(13, 12)) : "";
  return media_test::png_with(bytes.substr(0, 13),
                              palette + media_test::chunk("IDAT", media_test::zlib(bytes.substr(25))));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Choice choice = fuzz::take_choice(data, size);
  std::string file(reinterpret_cast<const char*>(data), size);
  if (choice.bits(2, 2) == 1) file = with_right_crcs(std::move(file));
  if (choice.bits(2, 2) == 2) file = around_rows(file);
  DecodeOptions options;
  if (choice.bit(0)) options.background = Colour{10, 20, static_cast<std::uint8_t>(choice.bits(4, 8))};
  options.check_ancillary_crc = !choice.bit(1);
  options.max_pixels = 1 + choice.bits(8, 14);
  options.max_side = 1 + static_cast<int>(choice.bits(32, 16));
  // Rows as stored, pixels of at most four samples, a palette.
  fuzz::run(choice, 24 * options.max_pixels + 4 * size + (std::size_t{128} << 10), [&] {
    const Images picture = decode_picture(fuzz::as_bytes(file), options);
    const bool sound =
        picture.count == 1 && picture.pixels.size() == picture.picture_bytes() &&
        static_cast<std::uint64_t>(picture.width) * static_cast<std::uint64_t>(picture.height) <= options.max_pixels;
    if (!sound) std::abort();
  });
  return 0;
}
