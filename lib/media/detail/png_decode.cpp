// SPDX-License-Identifier: MIT
#include "betwixt/media/detail/png_decode.h"

#include <spng.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "betwixt/core/checked.h"
#include "betwixt/core/error.h"
#include "betwixt/media/detail/c_memory.h"
#include "betwixt/media/detail/pixel.h"
#include "betwixt/media/detail/png_check.h"

namespace betwixt::detail {
namespace {

struct FreeContext {
  void operator()(spng_ctx* context) const { spng_ctx_free(context); }
};

/// Hands libspng only the chunks that carry pixels, so that text and profiles are never opened.
struct PartReader {
  const PngFile* file = nullptr;
  std::size_t part = 0;
  std::size_t used = 0;

  static int read(spng_ctx*, void* user, void* to, std::size_t length) {
    auto& self = *static_cast<PartReader*>(user);
    auto* out = static_cast<unsigned char*>(to);
    while (length > 0) {
      if (self.part == self.file->parts.size()) return SPNG_IO_EOF;
      const auto bytes = self.file->parts[self.part].subspan(self.used);
      const std::size_t step = std::min(length, bytes.size());
      std::memcpy(out, bytes.data(), step);
      out += step;
      length -= step;
      self.used += step;
      if (step == bytes.size()) {
        ++self.part;
        self.used = 0;
      }
    }
    return 0;
  }
};

void check(int status) {
  if (status == 0) return;
  // The data was inflated once already: where zlib fails now, it is for want of memory.
  const bool is_memory =
      status == SPNG_EMEM || status == SPNG_EZLIB || status == SPNG_EZLIB_INIT || status == SPNG_EIDAT_STREAM;
  if (is_memory) throw Error(ErrorCode::kOutOfMemory, "png", "no memory to decode");
  throw Error(ErrorCode::kSyntax, "png", "%s", spng_strerror(status)).in("IDAT");
}

/// Rows as stored, unfiltered and deinterlaced, each starting on a byte.
std::vector<std::uint8_t> unfilter(const PngFile& file) {
  spng_alloc memory{c_allocate, c_reallocate, c_allocate_zeros, c_release};
  const std::unique_ptr<spng_ctx, FreeContext> context(spng_ctx_new2(&memory, 0));
  if (!context) throw Error(ErrorCode::kOutOfMemory, "png", "no memory to decode");
  PartReader reader{.file = &file};
  check(spng_set_png_stream(context.get(), PartReader::read, &reader));
  // The checksums were verified when the chunks were walked.
  check(spng_set_crc_action(context.get(), SPNG_CRC_USE, SPNG_CRC_USE));
  const CheckedSize size = CheckedSize(png_row_bytes(file.width, file.row_bits())) * CheckedSize(file.height);
  std::size_t stated = 0;
  check(spng_decoded_image_size(context.get(), SPNG_FMT_RAW, &stated));
  if (stated != size.value()) fail_internal("png", "decoded size");
  std::vector<std::uint8_t> rows(size.size());
  check(spng_decode_image(context.get(), rows.data(), rows.size(), SPNG_FMT_RAW, 0));
  return rows;
}

/// Sample `index` of a row of `depth`-bit samples, most significant first.
unsigned sample(const std::uint8_t* row, std::size_t index, int depth) {
  if (depth == 8) return row[index];
  if (depth == 16) return static_cast<unsigned>(row[2 * index] << 8 | row[2 * index + 1]);
  const std::size_t bit = index * static_cast<std::size_t>(depth);
  return (row[bit / 8] >> (8 - depth - static_cast<int>(bit % 8))) & ((1u << depth) - 1);
}

/// To 8 bits, rounded to the nearest.
std::uint8_t to_byte(unsigned value, int depth) {
  const unsigned largest = (1u << depth) - 1;
  return static_cast<std::uint8_t>((value * 255 + largest / 2) / largest);
}

int output_channels(const PngFile& file) {
  const bool alpha = file.has_key || !file.palette_alpha.empty();
  switch (file.colour) {
    case PngColour::kGrey:
      return alpha ? 2 : 1;
    case PngColour::kGreyAlpha:
      return 2;
    case PngColour::kRgba:
      return 4;
    default:
      return alpha ? 4 : 3;
  }
}

/// `data_offset`: where the picture data starts in the file; a compressed pixel has no nearer place.
void expand_palette(const PngFile& file, std::uint64_t data_offset, std::size_t y, const std::uint8_t* row,
                    std::uint8_t* to, int channels) {
  for (std::size_t x = 0; x < file.width; ++x, to += channels) {
    const unsigned index = sample(row, x, file.depth);
    if (index >= file.palette.size()) {
      Error error(ErrorCode::kValue, "png", "palette index of pixel %zu, %zu", x, y);
      throw error.at(data_offset).in("pixel").expected("below %zu", file.palette.size()).found("%u", index);
    }
    std::copy_n(file.palette[index].data(), 3, to);
    if (channels == 4) to[3] = index < file.palette_alpha.size() ? file.palette_alpha[index] : std::uint8_t{255};
  }
}

void expand_samples(const PngFile& file, const std::uint8_t* row, std::uint8_t* to, int channels) {
  const int stored = file.samples();
  for (std::size_t x = 0; x < file.width; ++x, to += channels) {
    bool is_key = file.has_key;
    for (int k = 0; k < stored; ++k) {
      const unsigned value =
          sample(row, x * static_cast<std::size_t>(stored) + static_cast<std::size_t>(k), file.depth);
      to[k] = to_byte(value, file.depth);
      is_key = is_key && value == file.key[static_cast<std::size_t>(k % 3)];
    }
    if (file.has_key) to[channels - 1] = is_key ? 0 : 255;
  }
}

void premultiply(std::vector<std::uint8_t>& pixels, int channels) {
  if (!has_alpha(channels)) return;
  for (std::size_t i = 0; i < pixels.size(); i += static_cast<std::size_t>(channels)) {
    const int alpha = pixels[i + static_cast<std::size_t>(channels) - 1];
    for (int k = 0; k + 1 < channels; ++k) {
      std::uint8_t& value = pixels[i + static_cast<std::size_t>(k)];
      value = premultiplied(value, alpha);
    }
  }
}

}  // namespace

Images decode_png(std::span<const std::byte> bytes, const DecodeOptions& options) {
  const PngFile file = check_png_chunks(bytes, options);
  check_png_data(file, bytes);
  const std::vector<std::uint8_t> rows = unfilter(file);
  const int channels = output_channels(file);
  Images picture(1, static_cast<int>(file.height), static_cast<int>(file.width), channels);
  const auto row_bytes = static_cast<std::size_t>(png_row_bytes(file.width, file.row_bits()));
  const auto data_offset =
      static_cast<std::uint64_t>(file.data.front().data() - reinterpret_cast<const unsigned char*>(bytes.data()));
  for (std::size_t y = 0; y < file.height; ++y) {
    std::uint8_t* to = picture.pixels.data() + y * file.width * static_cast<std::size_t>(channels);
    if (file.colour == PngColour::kPalette)
      expand_palette(file, data_offset, y, rows.data() + y * row_bytes, to, channels);
    else
      expand_samples(file, rows.data() + y * row_bytes, to, channels);
  }
  premultiply(picture.pixels, channels);
  return picture;
}

}  // namespace betwixt::detail
