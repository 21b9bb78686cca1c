// SPDX-License-Identifier: MIT
#if !defined(_WIN32)

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "betwixt/core/checked.h"
#include "betwixt/core/detail/posix_calls.h"
#include "betwixt/core/error.h"
#include "betwixt/core/file.h"

namespace betwixt {
namespace detail {
namespace {

// Some systems refuse single transfers of 2 GiB and more.
constexpr std::size_t kLargestTransfer = std::size_t{1} << 30;

/// The last letters of a path, control bytes masked, for messages.
std::string shown(const std::string& path) {
  std::string text = path.size() > 120 ? "..." + path.substr(path.size() - 117) : path;
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, '?');
  return text;
}

[[noreturn]] void fail(const char* action, const std::string& path, int error_number) {
  throw Error(ErrorCode::kIo, "file", "cannot %s %s", action, shown(path).c_str()).system(error_number);
}

/// A NUL inside a path would silently name another file.
const char* checked(const std::string& path) {
  if (path.empty() || path.find('\0') != std::string::npos)
    throw Error(ErrorCode::kPath, "file", "path is empty or holds a zero byte");
  return path.c_str();
}

class PosixFile final : public File {
 public:
  PosixFile(const PosixCalls& calls, std::string path, int descriptor)
      : calls_(calls), path_(std::move(path)), descriptor_(descriptor) {}
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;
  ~PosixFile() override {
    if (descriptor_ >= 0) calls_.close(descriptor_);
  }

  void read(std::uint64_t offset, std::span<std::byte> into) override {
    (CheckedSize(offset) + CheckedSize(into.size())).narrow<off_t>();
    std::size_t done = 0;
    while (done < into.size()) {
      const std::size_t wanted = std::min(into.size() - done, kLargestTransfer);
      const ssize_t got = calls_.pread(descriptor_, into.data() + done, wanted, static_cast<off_t>(offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) fail("read", path_, errno);
      if (got == 0) fail_truncated(offset + done, into.size() - done);
      done += static_cast<std::size_t>(got);
    }
  }

  std::uint64_t size() override {
    struct stat state {};
    if (::fstat(descriptor_, &state) != 0) fail("examine", path_, errno);
    return static_cast<std::uint64_t>(state.st_size);
  }

  void write(std::span<const std::byte> bytes) override {
    std::size_t done = 0;
    while (done < bytes.size()) {
      const std::size_t wanted = std::min(bytes.size() - done, kLargestTransfer);
      const ssize_t put = calls_.write(descriptor_, bytes.data() + done, wanted);
      if (put < 0 && errno == EINTR) continue;
      if (put <= 0) fail("write", path_, put < 0 ? errno : EIO);
      done += static_cast<std::size_t>(put);
    }
  }

  void sync() override {
    if (calls_.sync(descriptor_) != 0) fail("flush", path_, errno);
  }

  void close() override {
    if (descriptor_ < 0) return;
    const int descriptor = std::exchange(descriptor_, -1);
    // An interrupted close has released the descriptor; closing again could hit somebody else's file.
    if (calls_.close(descriptor) != 0 && errno != EINTR) fail("close", path_, errno);
  }

 private:
  [[noreturn]] void fail_truncated(std::uint64_t offset, std::size_t missing) {
    Error error(ErrorCode::kTruncated, "file", "%s ends early", shown(path_).c_str());
    throw error.at(offset).expected("%zu more bytes", missing).found("0");
  }

  const PosixCalls& calls_;
  std::string path_;
  int descriptor_;
};

class PosixFileSystem final : public FileSystem {
 public:
  explicit PosixFileSystem(const PosixCalls& calls) : calls_(calls) {}

  std::unique_ptr<File> open(const std::string& path) override { return open_regular(path, O_RDONLY, "open"); }

  std::unique_ptr<File> create(const std::string& path) override {
    return open_regular(path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND, "create");
  }

  void rename(const std::string& from, const std::string& to) override {
    if (calls_.rename(checked(from), checked(to)) != 0) fail("rename to", to, errno);
  }

  void remove(const std::string& path) override {
    if (::unlink(checked(path)) != 0) fail("remove", path, errno);
  }

  bool exists(const std::string& path) override {
    struct stat state {};
    if (::stat(checked(path), &state) == 0) return true;
    if (errno != ENOENT && errno != ENOTDIR) fail("examine", path, errno);
    return false;
  }

  void make_folder(const std::string& path) override {
    checked(path);
    for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
      make_one_folder(path.substr(0, end));
      if (end == std::string::npos) return;
    }
  }

  void sync_folder(const std::string& path) override {
    const int descriptor = open_retrying(path, O_RDONLY | O_DIRECTORY);
    if (descriptor < 0) fail("open", path, errno);
    const int failed = calls_.sync(descriptor);
    const int error_number = errno;
    calls_.close(descriptor);
    // Some file systems cannot flush a folder and say so with EINVAL; there is nothing more to ask of them.
    if (failed != 0 && error_number != EINVAL) fail("flush", path, error_number);
  }

  std::vector<FileEntry> list(const std::string& path) override {
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(checked(path)), ::closedir);
    if (!folder) fail("list", path, errno);
    std::vector<FileEntry> entries;
    for (errno = 0; const dirent* found = ::readdir(folder.get()); errno = 0) {
      const std::string name = found->d_name;
      if (name != "." && name != "..") entries.push_back(describe(::dirfd(folder.get()), name));
    }
    if (errno != 0) fail("list", path, errno);
    std::sort(entries.begin(), entries.end(), [](const FileEntry& a, const FileEntry& b) { return a.name < b.name; });
    return entries;
  }

 private:
  int open_retrying(const std::string& path, int flags) {
    int descriptor;
    do {
      descriptor = calls_.open(checked(path), flags | O_CLOEXEC, 0666);
    } while (descriptor < 0 && errno == EINTR);
    return descriptor;
  }

  std::unique_ptr<File> open_regular(const std::string& path, int flags, const char* action) {
    // Without O_NONBLOCK, opening a FIFO would wait for its other end for ever.
    const int descriptor = open_retrying(path, flags | O_NONBLOCK);
    if (descriptor < 0) fail(action, path, errno);
    auto file = std::make_unique<PosixFile>(calls_, path, descriptor);
    struct stat state {};
    if (::fstat(descriptor, &state) != 0) fail("examine", path, errno);
    if (!S_ISREG(state.st_mode)) fail(action, path, S_ISDIR(state.st_mode) ? EISDIR : EINVAL);
    return file;
  }

  static void make_one_folder(const std::string& path) {
    if (::mkdir(path.c_str(), 0777) == 0) return;
    const int error_number = errno;
    struct stat state {};
    if (::stat(path.c_str(), &state) == 0 && S_ISDIR(state.st_mode)) return;
    fail("make folder", path, error_number);
  }

  static FileEntry describe(int folder, const std::string& name) {
    struct stat state {};
    if (::fstatat(folder, name.c_str(), &state, 0) != 0) return {.name = name};
    return {.name = name,
            .is_folder = S_ISDIR(state.st_mode),
            .size = S_ISREG(state.st_mode) ? static_cast<std::uint64_t>(state.st_size) : 0};
  }

  const PosixCalls& calls_;
};

int open_file(const char* path, int flags, mode_t mode) { return ::open(path, flags, mode); }

int sync_file(int descriptor) {
#if defined(F_FULLFSYNC)
  // fsync on Apple leaves the data in the drive's cache. Network volumes know only fsync.
  if (::fcntl(descriptor, F_FULLFSYNC) == 0) return 0;
  if (errno != ENOTSUP && errno != EINVAL) return -1;
#endif
  return ::fsync(descriptor);
}

}  // namespace

const PosixCalls& system_calls() {
  static constexpr PosixCalls calls{.open = open_file,
                                    .pread = ::pread,
                                    .write = ::write,
                                    .sync = sync_file,
                                    .close = ::close,
                                    .rename = std::rename};
  return calls;
}

std::unique_ptr<FileSystem> posix_file_system(const PosixCalls& calls) {
  return std::make_unique<PosixFileSystem>(calls);
}

}  // namespace detail

FileSystem& default_file_system() {
  static detail::PosixFileSystem files(detail::system_calls());
  return files;
}

}  // namespace betwixt

#endif
