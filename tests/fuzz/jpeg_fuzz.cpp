// SPDX-License-Identifier: MIT
// Options: bits 0 to 6 the scan limit, from bit 8 the pixel limit, from bit 32 the side limit.
#include "betwixt/media/decode.h"
#include "tests/fuzz/failing_allocation.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace betwixt;
  const fuzz::Choice choice = fuzz::take_choice(data, size);
  DecodeOptions options;
  options.max_scans = static_cast<int>(choice.bits(0, 7));
  options.max_pixels = 1 + choice.bits(8, 14);
  options.max_side = 1 + static_cast<int>(choice.bits(32, 16));
  // Three samples a pixel; what is known of each block.
  fuzz::run(choice, 24 * options.max_pixels + 4 * size + (std::size_t{128} << 10), [&] {
    const Images picture = decode_picture(fuzz::as_bytes(data, size), options);
    const bool sound =
        picture.count == 1 && picture.pixels.size() == picture.picture_bytes() &&
        static_cast<std::uint64_t>(picture.width) * static_cast<std::uint64_t>(picture.height) <= options.max_pixels;
    if (!sound) std::abort();
  });
  return 0;
}
