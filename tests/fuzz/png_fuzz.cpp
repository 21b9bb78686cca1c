// SPDX-License-Identifier: MIT
// The first bytes are the file, the last 8 the options: bit 0 background, bit 1 ancillary CRCs unchecked, bits 2 and 3
// what is repaired so that damage behind a checksum is reached, from bit 8 the pixel limit, from bit 32 the side limit.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "betwixt/core/error.h"
#include "betwixt/media/decode.h"
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
  std::uint64_t choice = 0;
  if (size < sizeof choice) return 0;
  std::memcpy(&choice, data + size - sizeof choice, sizeof choice);
  std::string file(reinterpret_cast<const char*>(data), size - sizeof choice);
  if ((choice >> 2 & 3) == 1) file = with_right_crcs(std::move(file));
  if ((choice >> 2 & 3) == 2) file = around_rows(file);
  DecodeOptions options;
  if (choice & 1) options.background = Colour{10, 20, static_cast<std::uint8_t>(choice >> 4)};
  options.check_ancillary_crc = (choice & 2) == 0;
  options.max_pixels = 1 + (choice >> 8 & 0xfffff);
  options.max_side = 1 + static_cast<int>(choice >> 32 & 0xffff);
  try {
    const Images picture = decode_picture({reinterpret_cast<const std::byte*>(file.data()), file.size()}, options);
    const bool sound =
        picture.count == 1 && picture.pixels.size() == picture.picture_bytes() &&
        static_cast<std::uint64_t>(picture.width) * static_cast<std::uint64_t>(picture.height) <= options.max_pixels;
    if (!sound) std::abort();
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kInternal) std::abort();
  }
  return 0;
}
