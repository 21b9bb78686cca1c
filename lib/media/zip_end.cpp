// SPDX-License-Identifier: MIT
#include <algorithm>
#include <vector>

#include "betwixt/core/checked.h"
#include "betwixt/core/error.h"
#include "betwixt/media/detail/little_view.h"
#include "betwixt/media/detail/zip.h"

namespace betwixt::detail {
namespace {

constexpr std::uint64_t kEndBytes = 22, kLocatorBytes = 20, kEnd64Bytes = 56, kLongestComment = 65535;
constexpr std::uint32_t kEndMagic = 0x06054B50, kLocatorMagic = 0x07064B50, kEnd64Magic = 0x06064B50;

Error zip_error(ErrorCode code, std::uint64_t at, const char* field, const char* fact) {
  return Error(code, "npz", "%s", fact).at(at).in(field);
}

/// Place of the end record: the only one whose comment ends with the file.
std::uint64_t locate_end(const LittleView& tail, std::uint64_t file_size) {
  std::uint64_t found = 0;
  bool is_found = false;
  Error reason = zip_error(ErrorCode::kBadMagic, file_size, "end record", "no end record, not a ZIP archive");
  for (std::uint64_t at = tail.begin(); at + kEndBytes <= file_size; ++at) {
    if (tail.u32(at) != kEndMagic) continue;
    const std::uint64_t end = (CheckedSize(at + kEndBytes) + CheckedSize(tail.u16(at + 20))).value();
    if (end > file_size) reason = zip_error(ErrorCode::kSyntax, at + 20, "end record", "comment runs past the end");
    if (end < file_size) reason = zip_error(ErrorCode::kTrailing, end, "end record", "bytes after the archive");
    if (end != file_size) continue;
    if (is_found) throw zip_error(ErrorCode::kSyntax, at, "end record", "two end records");
    found = at;
    is_found = true;
  }
  if (!is_found) throw reason;
  return found;
}

/// A field of the old record must repeat the new one unless it is saturated.
void check_repeated(std::uint64_t old_value, std::uint64_t saturated, std::uint64_t new_value, std::uint64_t at) {
  if (old_value != saturated && old_value != new_value)
    throw zip_error(ErrorCode::kMismatch, at, "ZIP64 end record", "differs from the end record")
        .expected("%llu", static_cast<unsigned long long>(old_value))
        .found("%llu", static_cast<unsigned long long>(new_value));
}

void check_disks(std::uint64_t this_disk, std::uint64_t first_disk, std::uint64_t here, std::uint64_t all,
                 std::uint64_t at) {
  if (this_disk != 0 || first_disk != 0 || here != all)
    throw zip_error(ErrorCode::kUnsupported, at, "end record", "archive on several disks");
}

/// Reads the ZIP64 record whose locator lies right before the end record, and moves `directory_end` before both.
ZipEnd read_end64(File& file, const LittleView& end, std::uint64_t at, std::uint64_t& directory_end) {
  if (at < kLocatorBytes + kEnd64Bytes)
    throw zip_error(ErrorCode::kMismatch, at, "ZIP64 end record", "sizes are missing");
  const std::uint64_t locator_at = at - kLocatorBytes;
  const LittleView locator(file, locator_at, kLocatorBytes);
  if (locator.u32(locator_at) != kLocatorMagic)
    throw zip_error(ErrorCode::kMismatch, locator_at, "ZIP64 locator", "sizes are missing");
  if (locator.u32(locator_at + 4) != 0 || locator.u32(locator_at + 16) > 1)
    throw zip_error(ErrorCode::kUnsupported, locator_at, "ZIP64 locator", "archive on several disks");
  const std::uint64_t record_at = locator.u64(locator_at + 8);
  if (record_at > locator_at - kEnd64Bytes)
    throw zip_error(ErrorCode::kOffset, locator_at + 8, "ZIP64 locator", "points outside the file");
  const LittleView record(file, record_at, kEnd64Bytes);
  if (record.u32(record_at) != kEnd64Magic)
    throw zip_error(ErrorCode::kSyntax, record_at, "ZIP64 end record", "not found");
  if (record.u64(record_at + 4) != locator_at - record_at - 12)
    throw zip_error(ErrorCode::kMismatch, record_at + 4, "ZIP64 end record", "wrong size");
  const ZipEnd result{record.u64(record_at + 48), record.u64(record_at + 40), record.u64(record_at + 32)};
  check_disks(record.u32(record_at + 16), record.u32(record_at + 20), record.u64(record_at + 24), result.entries,
              record_at);
  check_repeated(end.u16(at + 10), 0xFFFF, result.entries, record_at + 32);
  check_repeated(end.u32(at + 12), 0xFFFFFFFF, result.directory_size, record_at + 40);
  check_repeated(end.u32(at + 16), 0xFFFFFFFF, result.directory_offset, record_at + 48);
  directory_end = record_at;
  return result;
}

}  // namespace

ZipEnd find_zip_end(File& file, std::uint64_t file_size) {
  if (file_size < kEndBytes)
    throw zip_error(ErrorCode::kTruncated, file_size, "end record", "too short for a ZIP archive");
  const std::uint64_t tail_size = std::min(file_size, kEndBytes + kLongestComment);
  const LittleView tail(file, file_size - tail_size, tail_size);
  const std::uint64_t at = locate_end(tail, file_size);
  std::uint64_t directory_end = at;
  ZipEnd end{tail.u32(at + 16), tail.u32(at + 12), tail.u16(at + 10)};
  if (end.entries == 0xFFFF || end.directory_size == 0xFFFFFFFF || end.directory_offset == 0xFFFFFFFF)
    end = read_end64(file, tail, at, directory_end);
  else
    check_disks(tail.u16(at + 4), tail.u16(at + 6), tail.u16(at + 8), end.entries, at);
  if (end.directory_size > directory_end || end.directory_offset > directory_end - end.directory_size)
    throw zip_error(ErrorCode::kOffset, at + 12, "directory", "lies outside the file");
  const std::uint64_t behind = (CheckedSize(end.directory_offset) + CheckedSize(end.directory_size)).value();
  if (behind != directory_end)
    throw zip_error(ErrorCode::kTrailing, behind, "directory",
                    "bytes between the directory and the end, or before the archive");
  return end;
}

}  // namespace betwixt::detail
