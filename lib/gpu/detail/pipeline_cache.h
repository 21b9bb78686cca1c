// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "betwixt/core/allocator.h"
#include "betwixt/core/file.h"
#include "betwixt/gpu/detail/physical_device.h"

namespace betwixt::gpu {

/// Whom a pipeline cache belongs to. Drivers crash on foreign or damaged caches, so a file is compared with this, and
/// its checksum verified, before the driver sees a byte of it.
struct CacheIdentity {
  std::uint32_t vendor = 0;
  std::uint32_t device = 0;
  std::uint32_t driver_version = 0;
  std::uint32_t driver = 0;
  std::uint8_t uuid[VK_UUID_SIZE] = {};
  std::uint64_t shader_hash = 0;  ///< of all shaders of this build

  friend bool operator==(const CacheIdentity&, const CacheIdentity&) = default;
};

CacheIdentity cache_identity(const PhysicalDevice& device);

/// Eight bytes a step: a change of one word always shows.
std::uint64_t hash_bytes(std::uint64_t hash, std::span<const std::byte> bytes);

/// A cache file: magic, version, identity, size, checksum over all of it, then the driver's bytes.
std::vector<std::byte> encode_cache(const CacheIdentity& identity, std::span<const std::byte> payload);
/// The driver's bytes. E_TRUNCATED (shorter than the header, or than it says), E_BAD_MAGIC, E_VERSION, E_MISMATCH (of
/// another device, driver or build), E_TRAILING, E_CHECKSUM, with place and field.
std::span<const std::byte> checked_cache(const CacheIdentity& identity, std::span<const std::byte> file);
/// The same, or nothing when anything is not as it must be.
std::optional<std::span<const std::byte>> decode_cache(const CacheIdentity& identity, std::span<const std::byte> file);

/// Contents of a cache file; empty when it is absent, unreadable or larger than a cache can be.
Memory load_cache_file(FileSystem& files, const std::string& path);

}  // namespace betwixt::gpu
