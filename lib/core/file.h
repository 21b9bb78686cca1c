// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "betwixt/core/allocator.h"

namespace betwixt {

/// An open file. Closing happens in the destructor; a writer must call `close()` to learn of late errors.
/// Short reads and writes and EINTR are handled inside; every failure is E_IO with errno.
class File {
 public:
  virtual ~File() = default;
  /// Reads exactly `into.size()` bytes at `offset`; fewer is E_TRUNCATED (the file shrank or is too short).
  virtual void read(std::uint64_t offset, std::span<std::byte> into) = 0;
  virtual std::uint64_t size() = 0;
  /// Appends.
  virtual void write(std::span<const std::byte> bytes) = 0;
  /// Makes what was written durable (fsync, F_FULLFSYNC on Apple). Never retried: after a failure the data is lost.
  virtual void sync() = 0;
  virtual void close() = 0;
};

/// One entry of a folder listing.
struct FileEntry {
  std::string name;        ///< without the folder
  bool is_folder = false;  ///< a folder, which has no size
  std::uint64_t size = 0;  ///< bytes
};

/// The one way the library touches files; replaceable, so that tests can inject every fault and a power loss.
/// Paths are UTF-8 with '/' (or the platform's own separator). Any thread may call it.
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  /// Regular files only: a folder, device or FIFO is E_IO.
  virtual std::unique_ptr<File> open(const std::string& path) = 0;
  /// Creates or truncates.
  virtual std::unique_ptr<File> create(const std::string& path) = 0;
  virtual void rename(const std::string& from, const std::string& to) = 0;
  virtual void remove(const std::string& path) = 0;
  virtual bool exists(const std::string& path) = 0;
  virtual void make_folder(const std::string& path) = 0;             ///< with parents; no error when it is there
  virtual void sync_folder(const std::string& path) = 0;             ///< makes a rename durable
  virtual std::vector<FileEntry> list(const std::string& path) = 0;  ///< sorted by name, bytewise
};

/// The operating system's files.
FileSystem& default_file_system();

/// A whole file in memory. E_LIMIT above `limit` bytes, before anything is allocated.
Memory read_file(FileSystem& files, const std::string& path, std::uint64_t limit = std::uint64_t{1} << 30);

/// All or nothing, also through a power cut: writes `path`.tmp in the same folder, fsync, rename over `path`, fsync of
/// the folder. On any error the old file is untouched and the temporary is removed.
void write_file_atomically(FileSystem& files, const std::string& path, std::span<const std::byte> bytes);

/// Folder part of a path ("." when there is none), name part, lower-case extension with its dot.
std::string path_folder(const std::string& path);
std::string path_name(const std::string& path);
std::string path_extension(const std::string& path);
std::string path_join(const std::string& folder, const std::string& name);

}  // namespace betwixt
