// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "betwixt/core/checked.h"
#include "betwixt/core/file.h"

namespace betwixt::detail {

/// Bytes that come one after the other from a part of a file, perhaps compressed. Borrows the file.
class ByteSource {
 public:
  virtual ~ByteSource() = default;

  /// Some bytes; 0 only at the end.
  virtual std::size_t read_some(std::span<std::byte> into) = 0;
  /// Upper bound of the bytes still to come.
  virtual std::uint64_t most_left() const = 0;
  /// Place in the file, for errors.
  virtual std::uint64_t file_offset() const = 0;
  /// Passes over `count` bytes.
  virtual void skip(std::uint64_t count);
  /// Checks the end: E_TRAILING when bytes are left, E_CHECKSUM or E_MISMATCH when a stated sum or size differs.
  virtual void finish() = 0;

  /// Exactly `into.size()` bytes, or E_TRUNCATED naming `field`.
  void read(std::span<std::byte> into, const char* field);

  const char* loader() const { return loader_; }

 protected:
  explicit ByteSource(const char* loader) : loader_(loader) {}

 private:
  const char* loader_;
};

/// Where the bytes of a source lie in the file.
struct FilePart {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;

  /// Place in the file of a byte of the part.
  std::uint64_t at(std::uint64_t place) const { return (CheckedSize(offset) + CheckedSize(place)).value(); }
};

/// The bytes as they are.
std::unique_ptr<ByteSource> open_stored(File& file, const char* loader, FilePart part);

struct InflateLimits {
  std::uint64_t output_bytes = ~std::uint64_t{0};  ///< E_BOMB as soon as more comes out
  std::uint64_t ratio = 1032;  ///< bytes out for each byte in; E_BOMB above. Deflate itself ends at 1032
};

/// A raw deflate stream that fills `part` exactly. E_SYNTAX for a malformed stream, E_TRUNCATED, E_TRAILING.
std::unique_ptr<ByteSource> open_deflated(File& file, const char* loader, FilePart part, InflateLimits limits);

/// A gzip file of one member (RFC 1952), with its sum and size checked at the end.
std::unique_ptr<ByteSource> open_gzip(File& file, const char* loader, InflateLimits limits);

/// Whether the file begins like a gzip file.
bool is_gzip(File& file);

}  // namespace betwixt::detail
