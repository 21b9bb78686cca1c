// SPDX-License-Identifier: MIT
#include "betwixt/media/detail/jpeg_decode.h"

#include <algorithm>
#include <csetjmp>
#include <cstdio>

// After <cstdio>: jpeglib.h uses FILE without including it.
#include <jerror.h>
#include <jpeglib.h>

#include "betwixt/core/error.h"
#include "betwixt/media/detail/jpeg_check.h"

namespace betwixt::detail {
namespace {

/// libjpeg's way out of an error. Its callbacks are C, so no exception may pass through them.
struct Failure {
  jpeg_error_mgr manager{};
  std::jmp_buf escape;
  int code = 0;
  char text[JMSG_LENGTH_MAX] = {};
};

void escape(j_common_ptr info) {
  auto* failure = reinterpret_cast<Failure*>(info->err);
  failure->code = failure->manager.msg_code;
  failure->manager.format_message(info, failure->text);
  std::longjmp(failure->escape, 1);
}

/// A warning means that pixels would be made up; such a picture is refused.
void take_message(j_common_ptr info, int level) {
  const int code = info->err->msg_code;
  const bool harmless = code == JWRN_NOT_SEQUENTIAL || code == JWRN_JFIF_MAJOR || code == JWRN_ADOBE_XFORM;
  if (level < 0 && !harmless) escape(info);
}

void ignore_message(j_common_ptr) {}

/// The whole life of a decoder inside one function without destructors, as longjmp demands. False on failure.
bool decode_rows(jpeg_decompress_struct& decoder, Failure& failure, std::span<const std::byte> bytes, Images& picture) {
  if (setjmp(failure.escape) != 0) return false;
  jpeg_create_decompress(&decoder);
  jpeg_mem_src(&decoder, reinterpret_cast<const unsigned char*>(bytes.data()),
               static_cast<unsigned long>(bytes.size()));
  jpeg_read_header(&decoder, TRUE);
  decoder.out_color_space = picture.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  decoder.dct_method = JDCT_ISLOW;
  jpeg_start_decompress(&decoder);
  if (static_cast<int>(decoder.output_width) != picture.width ||
      static_cast<int>(decoder.output_height) != picture.height || decoder.output_components != picture.channels)
    return false;
  const auto row_bytes = static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.channels);
  while (decoder.output_scanline < decoder.output_height) {
    JSAMPROW row = picture.pixels.data() + decoder.output_scanline * row_bytes;
    jpeg_read_scanlines(&decoder, &row, 1);
  }
  jpeg_finish_decompress(&decoder);
  return true;
}

ErrorCode code_of(int message) {
  switch (message) {
    case JERR_OUT_OF_MEMORY:
      return ErrorCode::kOutOfMemory;
    case JWRN_HIT_MARKER:
    case JWRN_JPEG_EOF:
      return ErrorCode::kTruncated;
    case 0:
      return ErrorCode::kInternal;
    default:
      return ErrorCode::kSyntax;
  }
}

}  // namespace

Images decode_jpeg(std::span<const std::byte> bytes, const DecodeOptions& options) {
  const JpegFile file = check_jpeg(bytes, options);
  Images picture(1, file.height, file.width, file.components);
  Failure failure;
  jpeg_decompress_struct decoder{};
  decoder.err = jpeg_std_error(&failure.manager);
  failure.manager.error_exit = escape;
  failure.manager.emit_message = take_message;
  failure.manager.output_message = ignore_message;
  const bool complete = decode_rows(decoder, failure, bytes, picture);
  const std::size_t left = decoder.src ? decoder.src->bytes_in_buffer : 0;
  jpeg_destroy_decompress(&decoder);
  if (complete) return picture;
  Error error(code_of(failure.code), "jpeg", "%s", failure.text);
  throw error.at(bytes.size() - std::min(left, bytes.size())).in("entropy-coded data");
}

}  // namespace betwixt::detail
