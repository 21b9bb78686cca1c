// SPDX-License-Identifier: MIT
#include "betwixt/media/decode.h"

#include <new>
#include <stdexcept>

#include "betwixt/core/error.h"
#include "betwixt/media/detail/jpeg_decode.h"
#include "betwixt/media/detail/png_decode.h"

namespace betwixt {
namespace {

enum class Format { kPng, kJpeg };

Format format_of(std::span<const std::byte> bytes) {
  if (bytes.empty()) {
    Error error(ErrorCode::kTruncated, "decode_picture", "the file is empty");
    throw error.at(0).in("signature").expected("a PNG or a JPEG").found("0 bytes");
  }
  const auto at = [&](std::size_t i) { return i < bytes.size() ? static_cast<char>(bytes[i]) : '\0'; };
  if (at(0) == '\xFF') return Format::kJpeg;
  // The letters alone are enough, so that a signature damaged in transfer is reported as that.
  if (at(0) == '\x89' || (at(1) == 'P' && at(2) == 'N' && at(3) == 'G')) return Format::kPng;
  throw Error(ErrorCode::kBadMagic, "decode_picture", "neither PNG nor JPEG").at(0).in("signature");
}

}  // namespace

Images decode_picture(std::span<const std::byte> bytes, const DecodeOptions& options) {
  try {
    const bool png = format_of(bytes) == Format::kPng;
    Images picture = png ? detail::decode_png(bytes, options) : detail::decode_jpeg(bytes, options);
    return options.background ? composite(picture, *options.background) : picture;
  } catch (const std::bad_alloc&) {
    throw Error(ErrorCode::kOutOfMemory, "decode_picture", "no memory for the picture");
  } catch (const std::length_error&) {
    throw Error(ErrorCode::kOutOfMemory, "decode_picture", "no memory for the picture");
  }
}

}  // namespace betwixt
