// SPDX-License-Identifier: MIT
#include "betwixt/media/detail/zip.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <set>

#include "betwixt/core/checked.h"
#include "betwixt/core/error.h"
#include "betwixt/media/detail/little_view.h"
#include "betwixt/media/detail/npy_header.h"

namespace betwixt::detail {
namespace {

constexpr std::uint64_t kCentralBytes = 46, kLocalBytes = 30;
constexpr std::uint32_t kCentralMagic = 0x02014B50, kLocalMagic = 0x04034B50;
constexpr std::uint32_t kEncrypted = 1u << 0, kDescriptor = 1u << 3, kStrong = 1u << 6, kMasked = 1u << 13;
constexpr std::uint32_t kStored = 0, kDeflated = 8, kSaturated = 0xFFFFFFFF;

Error entry_error(ErrorCode code, std::uint64_t at, const std::string& name, const char* fact) {
  const std::string field = std::string("entries[\"") + Escaped(name.data(), name.size()).text + "\"]";
  return Error(code, "npz", "%s", fact).at(at).in(field.c_str());
}

bool is_utf8(const std::string& text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i++]);
    if (c < 0x80) continue;
    const int more = c >= 0xC2 && c < 0xE0 ? 1 : c >= 0xE0 && c < 0xF0 ? 2 : c >= 0xF0 && c < 0xF5 ? 3 : 0;
    if (more == 0) return false;
    const auto next = i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
    if ((c == 0xE0 && next < 0xA0) || (c == 0xED && next > 0x9F) || (c == 0xF0 && next < 0x90) ||
        (c == 0xF4 && next > 0x8F))
      return false;
    for (int k = 0; k < more; ++k, ++i)
      if (i >= text.size() || (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) return false;
  }
  return true;
}

/// Nothing is ever written to disk, but a name that aims outside a folder has no business in a data file.
void check_name(const std::string& name, std::uint64_t at) {
  if (!is_utf8(name)) throw entry_error(ErrorCode::kEncoding, at, name, "name is not UTF-8");
  const bool has_drive = name.size() > 1 && name[1] == ':';
  const bool is_bad = name.empty() || name[0] == '/' || has_drive || name.find('\\') != std::string::npos ||
                      name.find('\0') != std::string::npos;
  const std::string inside = "/" + name + "/";
  if (is_bad || inside.find("/../") != std::string::npos) throw entry_error(ErrorCode::kPath, at, name, "bad name");
}

/// Replaces the saturated values by those of the ZIP64 extra field, in their fixed order.
void read_extra64(const LittleView& view, std::uint64_t at, std::uint64_t size, const std::string& name,
                  std::initializer_list<std::uint64_t*> values) {
  const std::uint64_t end = (CheckedSize(at) + CheckedSize(size)).value();
  bool is_wanted = false;
  for (const std::uint64_t* value : values) is_wanted |= *value == kSaturated;
  while (is_wanted && end - at >= 4) {
    const std::uint32_t id = view.u16(at), length = view.u16(at + 2);
    at += 4;
    if (length > end - at) throw entry_error(ErrorCode::kSyntax, at, name, "extra field runs over");
    if (id == 1) {
      std::uint64_t place = at;
      for (std::uint64_t* value : values) {
        if (*value != kSaturated) continue;
        if (length < 8 || place - at > length - 8)
          throw entry_error(ErrorCode::kMismatch, at, name, "ZIP64 field too short");
        *value = view.u64(place);
        place += 8;
      }
      return;
    }
    at += length;  // bounded: at most end
  }
  if (is_wanted) throw entry_error(ErrorCode::kMismatch, at, name, "ZIP64 field is missing");
}

/// The record at `at` of the central directory; moves `at` behind it.
ZipEntry read_central(const LittleView& view, std::uint64_t& at) {
  if (view.u32(at) != kCentralMagic)
    throw Error(ErrorCode::kSyntax, "npz", "not a directory record").at(at).in("directory");
  ZipEntry entry;
  const std::uint32_t flags = view.u16(at + 8), method = view.u16(at + 10), attributes = view.u32(at + 38);
  const std::uint64_t name_size = view.u16(at + 28), extra_size = view.u16(at + 30), comment_size = view.u16(at + 32);
  const std::uint64_t name_at = at + kCentralBytes;
  const std::uint64_t extra_at = (CheckedSize(name_at) + CheckedSize(name_size)).value();
  const std::uint64_t end = (CheckedSize(extra_at) + CheckedSize(extra_size) + CheckedSize(comment_size)).value();
  entry.name.assign(reinterpret_cast<const char*>(view.data(name_at, name_size)), name_size);
  check_name(entry.name, name_at);
  if (flags & (kEncrypted | kStrong | kMasked))
    throw entry_error(ErrorCode::kUnsupported, at + 8, entry.name, "encrypted");
  if (method != kStored && method != kDeflated)
    throw entry_error(ErrorCode::kUnsupported, at + 10, entry.name, "method").found("%u", method);
  const bool is_link = view.u16(at + 4) >> 8 == 3 && (attributes >> 16 & 0170000) == 0120000;
  if (is_link) throw entry_error(ErrorCode::kPath, at + 38, entry.name, "a symbolic link");
  entry.is_deflated = method == kDeflated;
  entry.has_descriptor = (flags & kDescriptor) != 0;
  entry.crc = view.u32(at + 16);
  entry.packed = view.u32(at + 20);
  entry.size = view.u32(at + 24);
  entry.header_offset = view.u32(at + 42);
  if (view.u16(at + 34) != 0) throw entry_error(ErrorCode::kUnsupported, at + 34, entry.name, "on another disk");
  view.data(name_at, end - name_at);
  read_extra64(view, extra_at, extra_size, entry.name, {&entry.size, &entry.packed, &entry.header_offset});
  if (!entry.is_deflated && entry.packed != entry.size)
    throw entry_error(ErrorCode::kMismatch, at + 20, entry.name, "stored sizes differ");
  at = end;
  return entry;
}

void check_local_numbers(const LittleView& local, const ZipEntry& entry, std::uint64_t extra_at,
                         std::uint64_t extra_size) {
  const std::uint64_t at = entry.header_offset;
  std::uint64_t packed = local.u32(at + 18), size = local.u32(at + 22);
  const std::uint32_t crc = local.u32(at + 14);
  if (entry.has_descriptor && packed == 0 && size == 0 && crc == 0) return;
  read_extra64(local, extra_at, extra_size, entry.name, {&size, &packed});
  // A writer that could not go back leaves zeros in the ZIP64 field as well.
  if (entry.has_descriptor && packed == 0 && size == 0 && crc == 0) return;
  if (crc != entry.crc) throw entry_error(ErrorCode::kMismatch, at + 14, entry.name, "sums of both headers differ");
  if (packed != entry.packed || size != entry.size)
    throw entry_error(ErrorCode::kMismatch, at + 18, entry.name, "sizes of both headers differ");
}

/// Compares the local header with the directory and finds the data.
void read_local(File& file, ZipEntry& entry, std::uint64_t directory_offset) {
  const std::uint64_t at = entry.header_offset;
  if (at > directory_offset || directory_offset - at < kLocalBytes)
    throw entry_error(ErrorCode::kOffset, at, entry.name, "local header outside the file");
  const LittleView fixed(file, at, kLocalBytes);
  if (fixed.u32(at) != kLocalMagic) throw entry_error(ErrorCode::kSyntax, at, entry.name, "not a local header");
  const std::uint64_t name_size = fixed.u16(at + 26), extra_size = fixed.u16(at + 28);
  const std::uint64_t extra_at = (CheckedSize(at) + CheckedSize(kLocalBytes) + CheckedSize(name_size)).value();
  const std::uint64_t header_size = (CheckedSize(extra_at - at) + CheckedSize(extra_size)).value();
  if (header_size > directory_offset - at)
    throw entry_error(ErrorCode::kOverlap, at, entry.name, "runs into the directory");
  const LittleView local(file, at, header_size);
  const std::string name(reinterpret_cast<const char*>(local.data(at + kLocalBytes, name_size)), name_size);
  if (name != entry.name)
    throw entry_error(ErrorCode::kMismatch, at + kLocalBytes, entry.name, "names of both headers differ");
  const bool is_deflated = local.u16(at + 8) == kDeflated;
  if (is_deflated != entry.is_deflated || (!is_deflated && local.u16(at + 8) != kStored))
    throw entry_error(ErrorCode::kMismatch, at + 8, entry.name, "methods of both headers differ");
  if ((local.u16(at + 6) & (kEncrypted | kDescriptor)) != (entry.has_descriptor ? kDescriptor : 0))
    throw entry_error(ErrorCode::kMismatch, at + 6, entry.name, "flags of both headers differ");
  check_local_numbers(local, entry, extra_at, extra_size);
  entry.data_offset = (CheckedSize(at) + CheckedSize(header_size)).value();
  if (entry.packed > directory_offset - entry.data_offset)
    throw entry_error(ErrorCode::kOverlap, at, entry.name, "data runs into the directory");
}

/// Entries must lie one behind the other from the start of the file to the directory.
void check_layout(const std::vector<ZipEntry>& entries, std::uint64_t directory_offset) {
  constexpr std::uint64_t kLongestDescriptor = 24;
  std::vector<const ZipEntry*> order;
  for (const ZipEntry& entry : entries) order.push_back(&entry);
  std::sort(order.begin(), order.end(),
            [](const ZipEntry* a, const ZipEntry* b) { return a->header_offset < b->header_offset; });
  std::uint64_t end = 0, slack = 0;
  const ZipEntry* last = nullptr;
  for (const ZipEntry* entry : order) {
    const std::uint64_t begin = entry->header_offset;
    if (begin < end) throw entry_error(ErrorCode::kOverlap, begin, entry->name, "shares bytes with another entry");
    if (begin - end > slack)
      throw entry_error(last ? ErrorCode::kGap : ErrorCode::kTrailing, end, entry->name, "bytes before the entry");
    end = (CheckedSize(entry->data_offset) + CheckedSize(entry->packed)).value();
    slack = entry->has_descriptor ? kLongestDescriptor : 0;
    last = entry;
  }
  if (directory_offset - end > slack)
    throw Error(ErrorCode::kTrailing, "npz", "bytes before the directory").at(end).in("directory");
}

void check_ratios(const std::vector<ZipEntry>& entries, std::uint64_t file_size, const NpzOptions& options) {
  CheckedSize total(0);
  for (const ZipEntry& entry : entries) {
    total += CheckedSize(entry.size);
    if (CheckedSize(entry.size) > (CheckedSize(entry.packed) + CheckedSize(64)) * CheckedSize(options.entry_ratio))
      throw entry_error(ErrorCode::kBomb, entry.header_offset, entry.name, "claims to unpack too far")
          .limit("entry_ratio");
  }
  if (total > CheckedSize(file_size) * CheckedSize(options.archive_ratio))
    throw Error(ErrorCode::kBomb, "npz", "archive of %llu bytes claims %llu",
                static_cast<unsigned long long>(file_size), static_cast<unsigned long long>(total.value()))
        .at(file_size)
        .in("entries")
        .limit("archive_ratio");
}

}  // namespace

std::vector<ZipEntry> read_zip_directory(File& file, const NpzOptions& options) {
  const std::uint64_t file_size = file.size();
  const ZipEnd end = find_zip_end(file, file_size);
  if (end.entries > options.entries)
    throw Error(ErrorCode::kLimit, "npz", "%llu entries, allowed %zu", static_cast<unsigned long long>(end.entries),
                options.entries)
        .at(end.directory_offset)
        .in("end record")
        .limit("entries");
  constexpr std::uint64_t kLongestRecord = kCentralBytes + 3 * 65535;
  const CheckedSize entries_told(end.entries), size_told(end.directory_size);
  if (size_told > entries_told * CheckedSize(kLongestRecord) || size_told < entries_told * CheckedSize(kCentralBytes))
    throw Error(ErrorCode::kMismatch, "npz", "directory of %llu bytes for %llu entries",
                static_cast<unsigned long long>(end.directory_size), static_cast<unsigned long long>(end.entries))
        .at(end.directory_offset)
        .in("directory");
  const LittleView view(file, end.directory_offset, end.directory_size);
  std::vector<ZipEntry> entries;
  std::set<std::string, std::less<>> names;
  std::uint64_t at = end.directory_offset;
  while (at < view.end()) {
    if (entries.size() == end.entries)
      throw Error(ErrorCode::kMismatch, "npz", "more entries than the end record says").at(at).in("directory");
    const std::uint64_t record_at = at;
    entries.push_back(read_central(view, at));
    if (!names.insert(entries.back().name).second)
      throw entry_error(ErrorCode::kDuplicate, record_at, entries.back().name, "name is there twice");
  }
  if (entries.size() != end.entries)
    throw Error(ErrorCode::kMismatch, "npz", "fewer entries than the end record says").at(at).in("directory");
  for (ZipEntry& entry : entries) read_local(file, entry, end.directory_offset);
  check_layout(entries, end.directory_offset);
  check_ratios(entries, file_size, options);
  return entries;
}

ZipEntryReader::ZipEntryReader(File& file, const ZipEntry& entry, const NpzOptions& options)
    : ByteSource("npz"), entry_(entry) {
  const FilePart part{entry.data_offset, entry.packed};
  body_ = entry.is_deflated ? open_deflated(file, "npz", part, {entry.size, options.entry_ratio})
                            : open_stored(file, "npz", part);
}

std::size_t ZipEntryReader::read_some(std::span<std::byte> into) {
  constexpr std::size_t kPiece = std::size_t{1} << 20;
  const std::size_t count = body_->read_some(into.first(std::min(into.size(), kPiece)));
  position_ += count;  // bounded: the source ends at the size of the entry
  if (has_sum_)
    sum_ =
        static_cast<std::uint32_t>(crc32(sum_, reinterpret_cast<const Bytef*>(into.data()), static_cast<uInt>(count)));
  if (count == 0 && position_ != entry_.size)
    throw entry_error(ErrorCode::kMismatch, file_offset(), entry_.name, "unpacks to another size")
        .expected("%llu", static_cast<unsigned long long>(entry_.size))
        .found("%llu", static_cast<unsigned long long>(position_));
  return count;
}

std::uint64_t ZipEntryReader::most_left() const { return std::min(entry_.size - position_, body_->most_left()); }

void ZipEntryReader::skip(std::uint64_t count) {
  if (count == 0) return;
  if (entry_.is_deflated) return ByteSource::skip(count);
  body_->skip(count);
  position_ += count;  // bounded: the source refuses to pass its end
  has_sum_ = false;
}

void ZipEntryReader::finish() {
  if (entry_.is_deflated) {
    // One byte more than declared would be a bomb; asking for it also makes the stream reach its end.
    std::byte more[1];
    while (body_->read_some(more) != 0)
      throw entry_error(ErrorCode::kBomb, file_offset(), entry_.name, "unpacks beyond its size").limit("declared size");
  }
  body_->finish();
  if (has_sum_ && sum_ != entry_.crc)
    throw entry_error(ErrorCode::kChecksum, entry_.header_offset, entry_.name, "sum of the data differs")
        .expected("%08x", entry_.crc)
        .found("%08x", sum_);
}

const NpyInfo& ZipEntryReader::npy(const NpyOptions& options) {
  if (!has_npy_) npy_ = read_npy_header(*this, entry_.size, options);
  has_npy_ = true;
  return npy_;
}

}  // namespace betwixt::detail
