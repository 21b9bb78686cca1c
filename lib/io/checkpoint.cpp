// SPDX-License-Identifier: MIT
#include "betwixt/io/checkpoint.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <memory>

#include "betwixt/core/error.h"
#include "betwixt/core/guard_memory.h"
#include "betwixt/io/checksum.h"
#include "betwixt/io/detail/checkpoint_format.h"
#include "betwixt/io/safetensors.h"

namespace betwixt {
namespace detail {

/// Bits of an IEEE exponent that are all set in NaN and infinity.
template <class Word>
std::optional<std::size_t> first_not_finite(std::span<const std::byte> bytes, Word exponent) {
  for (std::size_t i = 0; i + sizeof(Word) <= bytes.size(); i += sizeof(Word)) {
    Word word;
    std::memcpy(&word, bytes.data() + i, sizeof word);
    if ((word & exponent) == exponent) return i / sizeof(Word);
  }
  return std::nullopt;
}

void check_finite(const NamedBlob& blob) {
  std::optional<std::size_t> bad;
  if (blob.type.dtype == DType::kF32) bad = first_not_finite<std::uint32_t>(blob.bytes, 0x7F800000u);
  if (blob.type.dtype == DType::kF16) bad = first_not_finite<std::uint16_t>(blob.bytes, 0x7C00u);
  if (blob.type.dtype == DType::kF64) bad = first_not_finite<std::uint64_t>(blob.bytes, 0x7FF0000000000000ull);
  if (bad)
    throw Error(ErrorCode::kNotFinite, "checkpoint", "element %zu is not finite", *bad)
        .in(Escaped(blob.name.data(), blob.name.size()).text);
}

std::uint64_t whole_checksum(std::span<const std::byte> file) {
  std::array<std::byte, kChecksumDigits> zeros;
  zeros.fill(static_cast<std::byte>('0'));
  Xxh64 hash;
  hash.add(file.first(kChecksumAt));
  hash.add(zeros);
  hash.add(file.subspan(kChecksumAt + kChecksumDigits));
  return hash.value();
}

}  // namespace detail

namespace {

static_assert(std::endian::native == std::endian::little, "tensors are written as they lie in memory");

Memory checkpoint_bytes(const CheckpointInfo& info, std::span<const NamedBlob> tensors, bool require_finite) {
  SafetensorsWriter writer;
  for (const NamedBlob& blob : tensors) {
    if (require_finite) detail::check_finite(blob);
    std::vector<std::int64_t> shape;
    for (int axis = 0; axis < blob.type.shape.rank(); ++axis) shape.push_back(blob.type.shape[axis]);
    writer.add(blob.name, safetensors_type(blob.type.dtype), std::move(shape), blob.bytes);
    writer.set_metadata(detail::kTensorChecksumKey + blob.name, checksum_text(xxh64(blob.bytes)));
  }
  writer.set_metadata(detail::kChecksumKey, std::string(detail::kChecksumDigits, '0'));
  writer.set_metadata(detail::kHashKey, checksum_text(info.description_hash));
  writer.set_metadata(detail::kFormatKey, detail::kFormatName);
  writer.set_metadata(detail::kVersionKey, std::to_string(detail::kVersion));
  const std::string metadata = to_text(info.metadata);
  parse_json(metadata);  // what cannot be read again must not be written
  writer.set_metadata(detail::kMetadataKey, metadata);
  Memory file = writer.to_bytes();
  const std::string checksum = checksum_text(detail::whole_checksum({file.data(), file.size()}));
  std::memcpy(file.data() + detail::kChecksumAt, checksum.data(), checksum.size());
  return file;
}

/// Best effort: the error that led here is the one worth reporting.
void remove_quietly(FileSystem& files, const std::string& path) {
  try {
    files.remove(path);
  } catch (const Error&) {
  }
}

/// After this the temporary survives a power loss, name and content.
void write_temporary(FileSystem& files, const std::string& path, std::span<const std::byte> bytes) {
  std::unique_ptr<File> file = files.create(path);
  try {
    file->write(bytes);
    file->sync();
    file->close();
    files.sync_folder(path_folder(path));
  } catch (...) {
    file.reset();
    remove_quietly(files, path);
    throw;
  }
}

void rotate(FileSystem& files, const std::string& path, const std::string& temporary) {
  try {
    if (files.exists(path)) files.rename(path, detail::previous_path(path));
  } catch (...) {
    remove_quietly(files, temporary);
    throw;
  }
  // From here on the temporary may be the only intact state: whatever fails, it stays.
  files.rename(temporary, path);
  files.sync_folder(path_folder(path));
}

}  // namespace

const NamedBlob& Checkpoint::tensor(const std::string& name) const {
  for (const NamedBlob& blob : tensors)
    if (blob.name == name) return blob;
  throw Error(ErrorCode::kMissing, "checkpoint", "no such tensor").in(Escaped(name.data(), name.size()).text);
}

void save_checkpoint(FileSystem& files, const std::string& path, const CheckpointInfo& info,
                     std::span<const NamedBlob> tensors, bool require_finite) {
  guard_memory("checkpoint", [&] {
    const Memory bytes = checkpoint_bytes(info, tensors, require_finite);
    const std::string temporary = detail::temporary_path(path);
    write_temporary(files, temporary, {bytes.data(), bytes.size()});
    rotate(files, path, temporary);
  });
}

}  // namespace betwixt
