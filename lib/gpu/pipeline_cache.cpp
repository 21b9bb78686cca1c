// SPDX-License-Identifier: MIT
#include "betwixt/gpu/detail/pipeline_cache.h"

#include <cstddef>
#include <cstring>
#include <exception>
#include <type_traits>

#include "betwixt/core/error.h"
#include "betwixt/gpu/detail/embedded_shaders.h"

namespace betwixt::gpu {

// Every step is a bijection of the state.
std::uint64_t hash_bytes(std::uint64_t hash, std::span<const std::byte> bytes) {
  std::size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + i, 8);
    hash = (hash ^ word) * 0x9E3779B97F4A7C15ull;
    hash ^= hash >> 29;
  }
  for (; i < bytes.size(); ++i) hash = (hash ^ static_cast<std::uint64_t>(bytes[i])) * 0x100000001b3ull;
  return hash ^ (hash >> 32);
}

namespace {

constexpr std::uint64_t kMagic = 0x3145484341435842ull;      // "BXCACHE1"
constexpr std::uint64_t kMagicMask = 0x00FFFFFFFFFFFFFFull;  // the last letter is the version
constexpr std::uint64_t kLargestFile = std::uint64_t{64} << 20;
constexpr std::uint64_t kHashStart = 0xcbf29ce484222325ull;

/// Only fields without padding: written as it lies in memory. The byte order is the machine's, as the payload's is.
struct Header {
  std::uint64_t magic;
  CacheIdentity identity;
  std::uint64_t payload_bytes;
  std::uint64_t checksum;
};
static_assert(std::has_unique_object_representations_v<Header>);

std::uint64_t checksum_of(Header header, std::span<const std::byte> payload) {
  header.checksum = 0;
  return hash_bytes(hash_bytes(kHashStart, std::as_bytes(std::span(&header, 1))), payload);
}

std::uint64_t hash_of_shaders() {
  std::uint64_t hash = kHashStart;
  for (std::size_t i = 0; i < kEmbeddedShaderCount; ++i) {
    const EmbeddedShader& shader = kEmbeddedShaders[i];
    hash = hash_bytes(hash, std::as_bytes(std::span(shader.name, std::strlen(shader.name))));
    hash = hash_bytes(hash, std::as_bytes(std::span(shader.words, shader.count)));
  }
  return hash;
}

}  // namespace

CacheIdentity cache_identity(const PhysicalDevice& device) {
  CacheIdentity identity;
  identity.vendor = device.properties.vendorID;
  identity.device = device.properties.deviceID;
  identity.driver_version = device.properties.driverVersion;
  identity.driver = static_cast<std::uint32_t>(device.driver);
  std::memcpy(identity.uuid, device.properties.pipelineCacheUUID, VK_UUID_SIZE);
  identity.shader_hash = hash_of_shaders();
  return identity;
}

std::vector<std::byte> encode_cache(const CacheIdentity& identity, std::span<const std::byte> payload) {
  Header header{kMagic, identity, payload.size(), 0};
  header.checksum = checksum_of(header, payload);
  std::vector<std::byte> file(sizeof(Header) + payload.size());
  std::memcpy(file.data(), &header, sizeof(Header));
  if (!payload.empty()) std::memcpy(file.data() + sizeof(Header), payload.data(), payload.size());
  return file;
}

std::span<const std::byte> checked_cache(const CacheIdentity& identity, std::span<const std::byte> file) {
  const auto refuse = [](ErrorCode code, std::size_t at, const char* field, const char* fact) {
    throw Error(code, "pipeline cache", "%s", fact).at(at).in(field);
  };
  Header header;
  if (file.size() < sizeof(Header)) refuse(ErrorCode::kTruncated, file.size(), "header", "ends inside the header");
  std::memcpy(&header, file.data(), sizeof(Header));
  const std::span<const std::byte> payload = file.subspan(sizeof(Header));
  if ((header.magic & kMagicMask) != (kMagic & kMagicMask))
    refuse(ErrorCode::kBadMagic, 0, "magic", "no pipeline cache");
  if (header.magic != kMagic) refuse(ErrorCode::kVersion, 7, "version", "of another version of this library");
  if (header.identity != identity)
    refuse(ErrorCode::kMismatch, offsetof(Header, identity), "identity", "of another device, driver or build");
  if (header.payload_bytes > payload.size())
    refuse(ErrorCode::kTruncated, file.size(), "payload_bytes", "ends inside the driver's bytes");
  if (header.payload_bytes < payload.size())
    refuse(ErrorCode::kTrailing, sizeof(Header) + static_cast<std::size_t>(header.payload_bytes), "payload_bytes",
           "bytes after the driver's");
  if (header.checksum != checksum_of(header, payload))
    refuse(ErrorCode::kChecksum, offsetof(Header, checksum), "checksum", "is damaged");
  return payload;
}

std::optional<std::span<const std::byte>> decode_cache(const CacheIdentity& identity, std::span<const std::byte> file) {
  try {
    return checked_cache(identity, file);
  } catch (const Error&) {
    return std::nullopt;
  }
}

Memory load_cache_file(FileSystem& files, const std::string& path) {
  try {
    if (!files.exists(path)) return {};
    return read_file(files, path, kLargestFile);
  } catch (const std::exception&) {  // also std::bad_alloc: a cache is never needed
    return {};
  }
}

}  // namespace betwixt::gpu
