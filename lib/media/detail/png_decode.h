// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>

#include "betwixt/media/decode.h"

namespace betwixt::detail {

/// A PNG as pictures of the library; `options.background` is left to the caller. Throws Error.
Images decode_png(std::span<const std::byte> bytes, const DecodeOptions& options);

}  // namespace betwixt::detail
