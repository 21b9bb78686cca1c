// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>

#include "betwixt/media/decode.h"

namespace betwixt::detail {

/// A JPEG as a picture of the library. Throws Error.
Images decode_jpeg(std::span<const std::byte> bytes, const DecodeOptions& options);

}  // namespace betwixt::detail
