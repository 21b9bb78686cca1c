// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "betwixt/core/file.h"
#include "betwixt/media/npy.h"

namespace betwixt {

namespace detail {
struct ZipEntry;
class ZipEntryReader;
}  // namespace detail

/// Limits on an archive.
struct NpzOptions {
  NpyOptions npy;                     ///< of each array
  std::size_t entries = 4096;         ///< E_LIMIT above
  std::uint64_t entry_ratio = 1032;   ///< E_BOMB when an entry unpacks to more than this times its size
  std::uint64_t archive_ratio = 200;  ///< E_BOMB when all entries together claim more than this times the file
};

/// Reads NumPy `.npz` archives (ZIP, stored or deflate, also ZIP64), as `np.savez` and `np.savez_compressed` write
/// them. Opening checks the whole directory against the local headers; nothing is unpacked before it is asked for.
///
/// E_BAD_MAGIC, E_SYNTAX, E_TRAILING, E_OFFSET, E_GAP, E_OVERLAP, E_MISMATCH, E_UNSUPPORTED (several disks, encryption,
/// other methods), E_DUPLICATE, E_PATH, E_ENCODING, E_LIMIT, E_BOMB, and those of `read_npy`. One thread at a time per
/// object.
class NpzFile {
 public:
  /// Opens an archive and checks its directory.
  static NpzFile open(FileSystem& files, const std::string& path, const NpzOptions& options = {});
  /// Takes the open archive over.
  NpzFile(NpzFile&&) noexcept;
  /// Closes this archive and takes the other's place.
  NpzFile& operator=(NpzFile&&) noexcept;
  ~NpzFile();

  /// Names of the arrays (entries ending in ".npy", without that), in the order of the archive.
  const std::vector<std::string>& names() const { return names_; }
  bool contains(const std::string& name) const;

  /// The header of one array. E_MISSING for an unknown name, E_UNSUPPORTED for an entry that is no `.npy`.
  NpyInfo info(const std::string& name);
  /// A whole array; its sum (CRC-32) is checked.
  NumberArray read(const std::string& name);
  /// `count` rows of the first axis from row `first` on. Packed arrays can only be unpacked from the start, so going on
  /// where the last call ended is fast and going back starts again; the sum is checked when the end is reached from the
  /// start in one way. Memory does not depend on the size of the array. E_ARGUMENT past its end, E_UNSUPPORTED for
  /// Fortran order.
  NumberArray read_rows(const std::string& name, std::int64_t first, std::int64_t count);

 private:
  NpzFile();
  const detail::ZipEntry& find(const std::string& name) const;
  detail::ZipEntryReader& reader_at(const std::string& name, std::uint64_t row);
  std::uint64_t check_rows(const std::string& name, const NpyInfo& info, std::int64_t first, std::int64_t count) const;
  NumberArray read_open_rows(const std::string& name, const NpyInfo& info, std::int64_t first, std::int64_t count);

  std::unique_ptr<File> file_;
  NpzOptions options_;
  std::vector<std::string> names_;
  std::vector<detail::ZipEntry> entries_;
  std::map<std::string, std::size_t> index_;  // entry name to its place in entries_
  std::unique_ptr<detail::ZipEntryReader> cursor_;
  std::string cursor_name_;
};

}  // namespace betwixt
