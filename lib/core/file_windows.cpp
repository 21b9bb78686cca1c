// SPDX-License-Identifier: MIT
#if defined(_WIN32)

#define WIN32_LEAN_AND_MEAN
#define NOMINMAX
#include <fcntl.h>
#include <io.h>
#include <share.h>
#include <sys/stat.h>
#include <windows.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "betwixt/core/checked.h"
#include "betwixt/core/error.h"
#include "betwixt/core/file.h"

namespace betwixt {
namespace {

namespace fs = std::filesystem;

// _read and _write count in int.
constexpr std::size_t kLargestTransfer = std::size_t{1} << 30;

[[noreturn]] void fail(const char* action, const std::string& path, int error_number) {
  const std::string text = path.size() > 120 ? "..." + path.substr(path.size() - 117) : path;
  throw Error(ErrorCode::kIo, "file", "cannot %s %s", action, text.c_str()).system(error_number);
}

fs::path native(const std::string& path) {
  if (path.empty() || path.find('\0') != std::string::npos)
    throw Error(ErrorCode::kPath, "file", "path is empty or holds a zero byte");
  try {
    return fs::path(std::u8string(path.begin(), path.end()));
  } catch (const std::exception&) {
    throw Error(ErrorCode::kPath, "file", "path is not UTF-8");
  }
}

std::string utf8(const fs::path& path) {
  const std::u8string text = path.u8string();
  return {text.begin(), text.end()};
}

class WindowsFile final : public File {
 public:
  WindowsFile(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  WindowsFile(const WindowsFile&) = delete;
  WindowsFile& operator=(const WindowsFile&) = delete;
  ~WindowsFile() override {
    if (descriptor_ >= 0) ::_close(descriptor_);
  }

  void read(std::uint64_t offset, std::span<std::byte> into) override {
    (CheckedSize(offset) + CheckedSize(into.size())).narrow<std::int64_t>();
    if (::_lseeki64(descriptor_, static_cast<std::int64_t>(offset), SEEK_SET) < 0) fail("read", path_, errno);
    std::size_t done = 0;
    while (done < into.size()) {
      const std::size_t wanted = std::min(into.size() - done, kLargestTransfer);
      const int got = ::_read(descriptor_, into.data() + done, static_cast<unsigned>(wanted));
      if (got < 0) fail("read", path_, errno);
      if (got == 0) {
        Error error(ErrorCode::kTruncated, "file", "the file ends early");
        throw error.at(offset + done).expected("%zu more bytes", into.size() - done).found("0");
      }
      done += static_cast<std::size_t>(got);
    }
  }

  std::uint64_t size() override {
    const std::int64_t bytes = ::_filelengthi64(descriptor_);
    if (bytes < 0) fail("examine", path_, errno);
    return static_cast<std::uint64_t>(bytes);
  }

  void write(std::span<const std::byte> bytes) override {
    std::size_t done = 0;
    while (done < bytes.size()) {
      const std::size_t wanted = std::min(bytes.size() - done, kLargestTransfer);
      const int put = ::_write(descriptor_, bytes.data() + done, static_cast<unsigned>(wanted));
      if (put <= 0) fail("write", path_, put < 0 ? errno : EIO);
      done += static_cast<std::size_t>(put);
    }
  }

  void sync() override {
    if (::_commit(descriptor_) != 0) fail("flush", path_, errno);
  }

  void close() override {
    if (descriptor_ < 0) return;
    if (::_close(std::exchange(descriptor_, -1)) != 0) fail("close", path_, errno);
  }

 private:
  std::string path_;
  int descriptor_;
};

class WindowsFileSystem final : public FileSystem {
 public:
  std::unique_ptr<File> open(const std::string& path) override { return open_regular(path, _O_RDONLY, "open"); }

  std::unique_ptr<File> create(const std::string& path) override {
    return open_regular(path, _O_RDWR | _O_CREAT | _O_TRUNC | _O_APPEND, "create");
  }

  void rename(const std::string& from, const std::string& to) override {
    // Write-through stands in for the folder flush, which Windows does not have.
    constexpr DWORD kFlags = MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH;
    if (!::MoveFileExW(native(from).c_str(), native(to).c_str(), kFlags)) fail("rename to", to, last_error());
  }

  void remove(const std::string& path) override {
    if (::_wunlink(native(path).c_str()) != 0) fail("remove", path, errno);
  }

  bool exists(const std::string& path) override {
    std::error_code error;
    const bool found = fs::exists(native(path), error);
    if (error) fail("examine", path, error.default_error_condition().value());
    return found;
  }

  void make_folder(const std::string& path) override {
    std::error_code error;
    const fs::path folder = native(path);
    fs::create_directories(folder, error);
    if (!fs::is_directory(folder)) fail("make folder", path, error ? error.default_error_condition().value() : EEXIST);
  }

  void sync_folder(const std::string&) override {}

  std::vector<FileEntry> list(const std::string& path) override {
    std::error_code error;
    std::vector<FileEntry> entries;
    fs::directory_iterator at(native(path), error);
    for (; !error && at != fs::directory_iterator(); at.increment(error)) {
      std::error_code ignored;
      const bool regular = at->is_regular_file(ignored);
      entries.push_back({.name = utf8(at->path().filename()),
                         .is_folder = at->is_directory(ignored),
                         .size = regular ? static_cast<std::uint64_t>(at->file_size(ignored)) : 0});
    }
    if (error) fail("list", path, error.default_error_condition().value());
    std::sort(entries.begin(), entries.end(), [](const FileEntry& a, const FileEntry& b) { return a.name < b.name; });
    return entries;
  }

 private:
  static int last_error() {
    return std::error_code(static_cast<int>(::GetLastError()), std::system_category())
        .default_error_condition()
        .value();
  }

  static std::unique_ptr<File> open_regular(const std::string& path, int flags, const char* action) {
    int descriptor = -1;
    const errno_t failed = ::_wsopen_s(&descriptor, native(path).c_str(), flags | _O_BINARY | _O_NOINHERIT, _SH_DENYNO,
                                       _S_IREAD | _S_IWRITE);
    if (failed != 0) fail(action, path, failed);
    auto file = std::make_unique<WindowsFile>(path, descriptor);
    struct _stat64 state {};
    if (::_fstat64(descriptor, &state) != 0) fail("examine", path, errno);
    if ((state.st_mode & _S_IFMT) != _S_IFREG) fail(action, path, EINVAL);
    return file;
  }
};

}  // namespace

FileSystem& default_file_system() {
  static WindowsFileSystem files;
  return files;
}

}  // namespace betwixt

#endif
