// SPDX-License-Identifier: MIT
#pragma once

#if !defined(_WIN32)

#include <sys/types.h>

#include <cstddef>
#include <memory>

#include "betwixt/core/file.h"

namespace betwixt::detail {

/// The system calls whose results the file layer must check, as a table, so that tests can make each of them fail,
/// be interrupted or do less than asked. Meanings and errno are POSIX's.
struct PosixCalls {
  int (*open)(const char* path, int flags, mode_t mode);
  ssize_t (*pread)(int descriptor, void* into, std::size_t bytes, off_t offset);
  ssize_t (*write)(int descriptor, const void* from, std::size_t bytes);
  int (*sync)(int descriptor);  ///< fsync, or the full flush on Apple
  int (*close)(int descriptor);
  int (*rename)(const char* from, const char* to);
};

/// The operating system's own.
const PosixCalls& system_calls();

/// A file system over `calls`, which must outlive it.
std::unique_ptr<FileSystem> posix_file_system(const PosixCalls& calls);

}  // namespace betwixt::detail

#endif
