// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "betwixt/io/checkpoint.h"

namespace betwixt::detail {

/// Keys of `__metadata__`. The whole checksum sorts before all others, which puts its digits at a fixed place:
/// it is the XXH64 of the file with '0' in place of those digits.
inline constexpr char kChecksumKey[] = "checksum";
inline constexpr char kTensorChecksumKey[] = "checksum:";
inline constexpr char kHashKey[] = "description_hash";
inline constexpr char kFormatKey[] = "format";
inline constexpr char kVersionKey[] = "format_version";
inline constexpr char kMetadataKey[] = "metadata";
inline constexpr char kFormatName[] = "betwixt-checkpoint";
inline constexpr std::int64_t kVersion = 1;

inline constexpr char kHeaderStart[] = "{\"__metadata__\":{\"checksum\":\"";
inline constexpr std::size_t kHeaderAt = 8;
inline constexpr std::size_t kChecksumAt = kHeaderAt + sizeof kHeaderStart - 1;
inline constexpr std::size_t kChecksumDigits = 16;

inline std::string previous_path(const std::string& path) { return path + ".1"; }
inline std::string temporary_path(const std::string& path) { return path + ".tmp"; }

/// XXH64 of a file of at least kChecksumAt + kChecksumDigits bytes.
std::uint64_t whole_checksum(std::span<const std::byte> file);
/// E_NOT_FINITE for NaN or infinity.
void check_finite(const NamedBlob& blob);

}  // namespace betwixt::detail
