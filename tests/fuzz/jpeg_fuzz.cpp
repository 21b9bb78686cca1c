// SPDX-License-Identifier: MIT
// The first bytes are the file, the last 8 the options: bits 0 to 6 the scan limit, from bit 8 the pixel limit, from
// bit 32 the side limit.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "betwixt/core/error.h"
#include "betwixt/media/decode.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace betwixt;
  std::uint64_t choice = 0;
  if (size < sizeof choice) return 0;
  std::memcpy(&choice, data + size - sizeof choice, sizeof choice);
  DecodeOptions options;
  options.max_scans = static_cast<int>(choice & 127);
  options.max_pixels = 1 + (choice >> 8 & 0xfffff);
  options.max_side = 1 + static_cast<int>(choice >> 32 & 0xffff);
  try {
    const Images picture = decode_picture({reinterpret_cast<const std::byte*>(data), size - sizeof choice}, options);
    const bool sound =
        picture.count == 1 && picture.pixels.size() == picture.picture_bytes() &&
        static_cast<std::uint64_t>(picture.width) * static_cast<std::uint64_t>(picture.height) <= options.max_pixels;
    if (!sound) std::abort();
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kInternal) std::abort();
  }
  return 0;
}
