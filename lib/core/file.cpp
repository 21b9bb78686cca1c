// SPDX-License-Identifier: MIT
#include "betwixt/core/file.h"

#include "betwixt/core/checked.h"
#include "betwixt/core/error.h"

namespace betwixt {
namespace {

bool is_separator(char letter) {
#if defined(_WIN32)
  return letter == '/' || letter == '\\';
#else
  return letter == '/';
#endif
}

/// Index of the first letter of the name part.
std::size_t name_start(const std::string& path) {
  std::size_t start = path.size();
  while (start > 0 && !is_separator(path[start - 1])) --start;
  return start;
}

/// Best effort: the error that led here is the one worth reporting.
void remove_quietly(FileSystem& files, const std::string& path) {
  try {
    files.remove(path);
  } catch (const Error&) {
  }
}

}  // namespace

Memory read_file(FileSystem& files, const std::string& path, std::uint64_t limit) {
  const std::unique_ptr<File> file = files.open(path);
  const std::uint64_t size = file->size();
  if (size > limit) {
    Error error(ErrorCode::kLimit, "read_file", "file too large");
    throw error.limit("file bytes")
        .expected("at most %llu", static_cast<unsigned long long>(limit))
        .found("%llu", static_cast<unsigned long long>(size));
  }
  Memory content(CheckedSize(size).size());
  if (size > 0) file->read(0, {content.data(), content.size()});
  file->close();
  return content;
}

void write_file_atomically(FileSystem& files, const std::string& path, std::span<const std::byte> bytes) {
  const std::string temporary = path + ".tmp";
  std::unique_ptr<File> file = files.create(temporary);
  try {
    file->write(bytes);
    file->sync();
    file->close();
    files.rename(temporary, path);
  } catch (...) {
    file.reset();
    remove_quietly(files, temporary);
    throw;
  }
  files.sync_folder(path_folder(path));
}

std::string path_folder(const std::string& path) {
  std::size_t end = name_start(path);
  if (end == 0) return ".";
  while (end > 1 && is_separator(path[end - 1]) && path[end - 2] != ':') --end;
  return path.substr(0, end);
}

std::string path_name(const std::string& path) { return path.substr(name_start(path)); }

std::string path_extension(const std::string& path) {
  const std::string name = path_name(path);
  const std::size_t dot = name.rfind('.');
  if (dot == std::string::npos || dot == 0) return {};
  std::string extension = name.substr(dot);
  for (char& letter : extension) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return extension;
}

std::string path_join(const std::string& folder, const std::string& name) {
  if (folder.empty()) return name;
  return is_separator(folder.back()) ? folder + name : folder + "/" + name;
}

}  // namespace betwixt
