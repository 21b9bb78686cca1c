// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "betwixt/media/detail/byte_source.h"
#include "betwixt/media/npy.h"

namespace betwixt::detail {

/// Reads the header from the start of `source` and checks its size against `total_bytes`, the length of the whole
/// array file: E_TRUNCATED or E_TRAILING before anything is allocated.
NpyInfo read_npy_header(ByteSource& source, std::uint64_t total_bytes, const NpyOptions& options);

/// Parses the dictionary text; `base` is its place in the array file, for errors. `is_utf8` for version 3.0.
NpyInfo parse_npy_dictionary(std::string_view text, std::uint64_t base, bool is_utf8, const NpyOptions& options);

/// Reads all numbers that follow the header and brings them into C order and the machine's byte order.
NumberArray read_npy_data(ByteSource& source, const NpyInfo& info, const NpyOptions& options);

}  // namespace betwixt::detail
