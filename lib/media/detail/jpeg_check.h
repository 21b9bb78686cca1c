// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>

#include "betwixt/media/decode.h"

namespace betwixt::detail {

struct JpegFile {
  int width = 0;
  int height = 0;
  int components = 0;  ///< 1 or 3
};

/// Walks all markers of a JPEG (ITU-T T.81): tables, frame, every scan header and its restart markers, the rules of
/// progression, the work the scans ask for, and every code of the entropy-coded data.
/// Throws Error.
JpegFile check_jpeg(std::span<const std::byte> bytes, const DecodeOptions& options);

}  // namespace betwixt::detail
