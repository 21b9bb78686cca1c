// SPDX-License-Identifier: MIT
#include "betwixt/media/npz.h"

#include <string_view>

#include "betwixt/core/checked.h"
#include "betwixt/core/error.h"
#include "betwixt/media/detail/npy_header.h"
#include "betwixt/media/detail/numbers.h"
#include "betwixt/media/detail/zip.h"

namespace betwixt {
namespace {

constexpr char kSuffix[] = ".npy";

std::string entry_field(const std::string& name) {
  return std::string("entries[\"") + Escaped(name.data(), name.size()).text + "\"]";
}

/// Errors of the array inside the entry of array `name` get the entry's name.
template <class Action>
auto within(const std::string& name, Action action) {
  return guard_memory("npz", [&] {
    try {
      return action();
    } catch (Error& error) {
      const std::string field = entry_field(name + kSuffix) + (error.field()[0] ? "." : "") + error.field();
      const bool has_entry = std::string_view(error.field()).starts_with("entries[");
      const std::string_view loader = error.operation();
      if ((loader == "npy" || loader == "npz") && !has_entry) error.in(field.c_str());
      throw;
    }
  });
}

}  // namespace

NpzFile::NpzFile() = default;
NpzFile::NpzFile(NpzFile&&) noexcept = default;
NpzFile& NpzFile::operator=(NpzFile&&) noexcept = default;
NpzFile::~NpzFile() = default;

NpzFile NpzFile::open(FileSystem& files, const std::string& path, const NpzOptions& options) {
  return guard_memory("npz", [&] {
    NpzFile npz;
    npz.file_ = files.open(path);
    npz.options_ = options;
    npz.entries_ = detail::read_zip_directory(*npz.file_, options);
    for (const detail::ZipEntry& entry : npz.entries_) {
      if (entry.name.ends_with(kSuffix)) npz.names_.push_back(entry.name.substr(0, entry.name.size() - 4));
      npz.index_.emplace(entry.name, npz.index_.size());
    }
    return npz;
  });
}

bool NpzFile::contains(const std::string& name) const {
  return guard_memory("npz", [&] { return index_.count(name + kSuffix) != 0; });
}

const detail::ZipEntry& NpzFile::find(const std::string& name) const {
  const auto found = index_.find(name + kSuffix);
  if (found != index_.end()) return entries_[found->second];
  const bool is_other = index_.count(name) != 0;
  throw Error(is_other ? ErrorCode::kUnsupported : ErrorCode::kMissing, "npz", "%s",
              is_other ? "entry is no .npy array" : "no such array")
      .in(entry_field(name).c_str());
}

NpyInfo NpzFile::info(const std::string& name) {
  return within(name, [&] { return detail::ZipEntryReader(*file_, find(name), options_).npy(options_.npy); });
}

NumberArray NpzFile::read(const std::string& name) {
  return within(name, [&] {
    detail::ZipEntryReader reader(*file_, find(name), options_);
    const NpyInfo& info = reader.npy(options_.npy);
    return detail::read_npy_data(reader, info, options_.npy);
  });
}

detail::ZipEntryReader& NpzFile::reader_at(const std::string& name, std::uint64_t row) {
  const detail::ZipEntry& entry = find(name);
  if (!cursor_ || cursor_name_ != name) {
    cursor_ = std::make_unique<detail::ZipEntryReader>(*file_, entry, options_);
    cursor_name_ = name;
  }
  const NpyInfo info = cursor_->npy(options_.npy);
  const std::uint64_t target =
      (CheckedSize(info.data_offset) + CheckedSize(row) * CheckedSize(info.row_bytes())).value();
  if (cursor_->position() > target) {
    cursor_ = std::make_unique<detail::ZipEntryReader>(*file_, entry, options_);
    cursor_->npy(options_.npy);
  }
  cursor_->skip(target - cursor_->position());
  return *cursor_;
}

std::uint64_t NpzFile::check_rows(const std::string& name, const NpyInfo& info, std::int64_t first,
                                  std::int64_t count) const {
  const std::string field = entry_field(name + kSuffix);
  if (info.shape.empty() || (info.fortran_order && info.shape.size() > 1))
    throw Error(ErrorCode::kUnsupported, "npz", "rows of an array without axes or in Fortran order").in(field.c_str());
  const std::int64_t rows = info.shape[0];
  if (first < 0 || count < 0 || first > rows || count > rows - first)
    throw Error(ErrorCode::kArgument, "npz", "%lld rows from row %lld of %lld", static_cast<long long>(count),
                static_cast<long long>(first), static_cast<long long>(rows))
        .in(field.c_str());
  const CheckedSize bytes = CheckedSize(static_cast<std::uint64_t>(count)) * CheckedSize(info.row_bytes());
  if (bytes > CheckedSize(options_.npy.bytes))
    throw Error(ErrorCode::kLimit, "npz", "%llu bytes of rows", static_cast<unsigned long long>(bytes.value()))
        .in(field.c_str())
        .limit("bytes");
  return bytes.value();
}

NumberArray NpzFile::read_open_rows(const std::string& name, const NpyInfo& info, std::int64_t first,
                                    std::int64_t count) {
  const std::uint64_t bytes = check_rows(name, info, first, count);
  try {
    detail::ZipEntryReader& reader = reader_at(name, static_cast<std::uint64_t>(first));
    if (bytes > reader.most_left())
      throw Error(ErrorCode::kTruncated, "npz", "packed data is too short for the rows")
          .at(reader.file_offset())
          .in("data");
    NumberArray array{info.type, info.shape, Memory(CheckedSize(bytes).size())};
    array.shape[0] = count;
    const std::span<std::byte> into(array.bytes.data(), array.bytes.size());
    reader.read(into, "data");
    if (first + count == info.shape[0]) reader.finish();
    detail::to_native_order(into, number_type_size(info.type), info.is_big_endian);
    return array;
  } catch (...) {
    // Nothing is known of the stream after an error.
    cursor_.reset();
    throw;
  }
}

NumberArray NpzFile::read_rows(const std::string& name, std::int64_t first, std::int64_t count) {
  return within(name, [&] {
    const NpyInfo known = cursor_ && cursor_name_ == name ? cursor_->npy(options_.npy) : info(name);
    return read_open_rows(name, known, first, count);
  });
}

}  // namespace betwixt
