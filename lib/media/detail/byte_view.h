// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "betwixt/core/error.h"

namespace betwixt::detail {

/// Checked big-endian reads from untrusted bytes. Reading past the end is E_TRUNCATED at the end of the bytes.
class ByteView {
 public:
  ByteView(std::span<const std::byte> bytes, const char* loader) : bytes_(bytes), loader_(loader) {}

  std::uint64_t size() const { return bytes_.size(); }
  const unsigned char* data() const { return reinterpret_cast<const unsigned char*>(bytes_.data()); }

  /// Makes sure that `count` bytes lie at `offset`.
  void need(std::uint64_t offset, std::uint64_t count, const char* field) const {
    if (offset <= size() && count <= size() - offset) return;
    Error error(ErrorCode::kTruncated, loader_, "the file ends early");
    throw error.at(size())
        .in(field)
        .expected("%llu bytes at %llu", static_cast<unsigned long long>(count), static_cast<unsigned long long>(offset))
        .found("%llu", static_cast<unsigned long long>(offset < size() ? size() - offset : 0));
  }
  std::uint8_t u8(std::uint64_t offset, const char* field) const {
    need(offset, 1, field);
    return data()[offset];
  }
  std::uint32_t u16(std::uint64_t offset, const char* field) const {
    need(offset, 2, field);
    return static_cast<std::uint32_t>(data()[offset] << 8 | data()[offset + 1]);
  }
  std::uint32_t u32(std::uint64_t offset, const char* field) const {
    return u16(offset, field) << 16 | u16(offset + 2, field);  // bounded: 16 bits moved up by 16
  }
  std::span<const unsigned char> part(std::uint64_t offset, std::uint64_t count, const char* field) const {
    need(offset, count, field);
    return {data() + offset, static_cast<std::size_t>(count)};
  }

  /// An error of this loader at `offset`.
  Error error(ErrorCode code, std::uint64_t offset, const char* field, const char* text) const {
    return Error(code, loader_, "%s", text).at(offset).in(field);
  }

 private:
  std::span<const std::byte> bytes_;
  const char* loader_;
};

}  // namespace betwixt::detail
