// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "betwixt/media/detail/byte_source.h"
#include "betwixt/media/npz.h"

namespace betwixt::detail {

/// One file of an archive, with central and local header checked against each other.
struct ZipEntry {
  std::string name;
  bool is_deflated = false;
  std::uint32_t crc = 0;
  std::uint64_t packed = 0;         ///< bytes in the archive
  std::uint64_t size = 0;           ///< bytes unpacked
  std::uint64_t header_offset = 0;  ///< of the local header
  std::uint64_t data_offset = 0;    ///< of the packed bytes
  bool has_descriptor = false;      ///< sums and sizes are repeated behind the data
};

/// Checks the whole directory of an archive; see NpzFile for the errors.
std::vector<ZipEntry> read_zip_directory(File& file, const NpzOptions& options);

/// Where the central directory lies and what the end records say of it.
struct ZipEnd {
  std::uint64_t directory_offset = 0;
  std::uint64_t directory_size = 0;
  std::uint64_t entries = 0;
};
ZipEnd find_zip_end(File& file, std::uint64_t file_size);

/// Unpacks one entry from its start, with its sum checked at the end.
class ZipEntryReader final : public ByteSource {
 public:
  ZipEntryReader(File& file, const ZipEntry& entry, const NpzOptions& options);

  std::size_t read_some(std::span<std::byte> into) override;
  std::uint64_t most_left() const override;
  std::uint64_t file_offset() const override { return body_->file_offset(); }
  void skip(std::uint64_t count) override;
  void finish() override;

  /// Bytes passed so far.
  std::uint64_t position() const { return position_; }

  /// Header of the array in this entry; reads it on the first call.
  const NpyInfo& npy(const NpyOptions& options);

 private:
  ZipEntry entry_;
  std::unique_ptr<ByteSource> body_;
  std::uint64_t position_ = 0;
  std::uint32_t sum_ = 0;
  bool has_sum_ = true;
  bool has_npy_ = false;
  NpyInfo npy_;
};

}  // namespace betwixt::detail
