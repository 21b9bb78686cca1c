// SPDX-License-Identifier: MIT
#include <cstring>
#include <string_view>

#include "betwixt/core/checked.h"
#include "betwixt/core/error.h"
#include "betwixt/core/guard_memory.h"
#include "betwixt/io/checkpoint.h"
#include "betwixt/io/checksum.h"
#include "betwixt/io/detail/checkpoint_format.h"
#include "betwixt/io/safetensors.h"

namespace betwixt {
namespace {

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Compared as text: a flipped bit in the digits must not pass either.
void check_whole(std::span<const std::byte> file) {
  if (file.size() < detail::kChecksumAt + detail::kChecksumDigits)
    throw Error(ErrorCode::kTruncated, "checkpoint", "too short").at(file.size());
  if (as_text(file).substr(detail::kHeaderAt, detail::kChecksumAt - detail::kHeaderAt) != detail::kHeaderStart)
    throw Error(ErrorCode::kChecksum, "checkpoint", "no checksum").at(detail::kHeaderAt).in(detail::kChecksumKey);
  const std::string expected = checksum_text(detail::whole_checksum(file));
  const std::string_view found = as_text(file).substr(detail::kChecksumAt, detail::kChecksumDigits);
  if (expected != found)
    throw Error(ErrorCode::kChecksum, "checkpoint", "file is damaged")
        .at(detail::kChecksumAt)
        .in(detail::kChecksumKey)
        .expected("%s", expected.c_str())
        .found("%s", Escaped(found.data(), found.size()).text);
}

std::string shown(const std::string& text) { return Escaped(text.data(), text.size()).text; }

const std::string& metadata_text(const SafetensorsFile& file, const std::string& key) {
  const auto found = file.metadata().find(key);
  if (found == file.metadata().end())
    throw Error(ErrorCode::kMissing, "checkpoint", "metadata is missing").at(detail::kHeaderAt).in(shown(key).c_str());
  return found->second;
}

void check_format(const SafetensorsFile& file) {
  const auto format = file.metadata().find(detail::kFormatKey);
  if (format == file.metadata().end() || format->second != detail::kFormatName)
    throw Error(ErrorCode::kBadMagic, "checkpoint", "not a checkpoint")
        .at(detail::kHeaderAt)
        .in(detail::kFormatKey)
        .expected("%s", detail::kFormatName);
  const std::string& version = metadata_text(file, detail::kVersionKey);
  if (version != std::to_string(detail::kVersion))
    throw Error(ErrorCode::kVersion, "checkpoint", "format is newer than this build")
        .at(detail::kHeaderAt)
        .in(detail::kVersionKey)
        .expected("%lld", static_cast<long long>(detail::kVersion))
        .found("%s", shown(version).c_str());
}

std::uint64_t parse_hash(const std::string& text) {
  std::uint64_t value = 0;
  for (const char c : text) {
    const char* digits = "0123456789abcdef";
    const char* digit = std::strchr(digits, c);
    if (c == 0 || !digit || text.size() != detail::kChecksumDigits)
      throw Error(ErrorCode::kValue, "checkpoint", "not 16 hexadecimal digits")
          .at(detail::kHeaderAt)
          .in(detail::kHashKey)
          .found("%s", shown(text).c_str());
    value = value << 4 | static_cast<std::uint64_t>(digit - digits);
  }
  return value;
}

DType element_type(const std::string& name, SafetensorsType type) {
  for (const DType candidate : {DType::kF32, DType::kF16, DType::kF64, DType::kU8, DType::kI32, DType::kU32})
    if (safetensors_type(candidate) == type) return candidate;
  throw Error(ErrorCode::kDtype, "checkpoint", "element type %s has no tensor type", safetensors_type_name(type))
      .at(detail::kHeaderAt)
      .in(shown(name).c_str());
}

/// The JSON text among the metadata. Places inside it are none of the file, so an error names the header.
JsonValue parse_metadata(const std::string& text) {
  try {
    return parse_json(text);
  } catch (const Error& error) {
    throw Error(error.code(), "checkpoint", "%s", error.text()).at(detail::kHeaderAt).in(detail::kMetadataKey);
  }
}

NamedBlob tensor_blob(const SafetensorsFile& file, const std::string& name, std::span<const std::byte> bytes) {
  const SafetensorsInfo& info = file.info(name);
  NamedBlob blob;
  blob.name = name;
  blob.type = {Shape(info.shape.data(), static_cast<int>(info.shape.size())), element_type(name, info.type)};
  blob.bytes = bytes.subspan(CheckedSize(info.offset).size(), CheckedSize(info.bytes).size());
  const auto stated = file.metadata().find(detail::kTensorChecksumKey + name);
  const std::string found = checksum_text(xxh64(blob.bytes));
  if (stated == file.metadata().end() || stated->second != found)
    throw Error(ErrorCode::kChecksum, "checkpoint", "tensor is damaged")
        .at(info.offset)
        .in(shown(name).c_str())
        .expected("%s", stated == file.metadata().end() ? "a checksum" : shown(stated->second).c_str())
        .found("%s", found.c_str());
  return blob;
}

}  // namespace

/// Loads one generation after the other until one is intact.
class CheckpointReader {
 public:
  CheckpointReader(FileSystem& files, const std::string& path, const CheckpointOptions& options)
      : files_(files), path_(path), options_(options) {}

  Checkpoint load() {
    const std::string paths[] = {path_, detail::previous_path(path_), detail::temporary_path(path_)};
    for (int generation = 0; generation < 3; ++generation) {
      if (!files_.exists(paths[generation])) continue;
      if (std::optional<Checkpoint> checkpoint = try_load(paths[generation])) {
        checkpoint->generation = generation;
        checkpoint->refused = reasons_;
        check_model(*checkpoint);
        tidy(generation);
        return std::move(*checkpoint);
      }
    }
    // A process that ended in its very first save leaves a part of a temporary file: nothing has been saved yet.
    if (!files_.exists(paths[0]) && !files_.exists(paths[1]))
      throw Error(ErrorCode::kMissing, "checkpoint",
                  bad_ == 0 ? "there is none" : "there is none: the first save was cut short");
    if (bad_ == 1) throw first_;
    throw Error(ErrorCode::kChecksum, "checkpoint", "no intact generation: %s", reasons_.c_str());
  }

 private:
  std::optional<Checkpoint> try_load(const std::string& path) {
    try {
      return read(path);
    } catch (const Error& error) {
      const bool is_callers = error.code() == ErrorCode::kOutOfMemory || error.code() == ErrorCode::kLimit ||
                              error.code() == ErrorCode::kVersion || error.code() == ErrorCode::kCancelled;
      if (is_callers) throw;
      if (bad_++ == 0) first_ = error;
      if (!reasons_.empty()) reasons_ += "; ";
      // Short enough that two reasons fit in one message.
      reasons_ += path_name(path) + ": " + error_name(error.code()) + " " + std::string(error.text()).substr(0, 48);
      return std::nullopt;
    }
  }

  Checkpoint read(const std::string& path) {
    Checkpoint result;
    result.storage_ = read_file(files_, path, options_.file_bytes);
    const std::span<const std::byte> bytes(result.storage_.data(), result.storage_.size());
    check_whole(bytes);
    SafetensorsLimits limits;
    limits.file_bytes = options_.file_bytes;
    const SafetensorsFile file = SafetensorsFile::view(bytes, limits);
    check_format(file);
    result.metadata = parse_metadata(metadata_text(file, detail::kMetadataKey));
    result.description_hash = parse_hash(metadata_text(file, detail::kHashKey));
    for (const std::string& name : file.names()) {
      result.tensors.push_back(tensor_blob(file, name, bytes));
      if (options_.require_finite) detail::check_finite(result.tensors.back());
    }
    return result;
  }

  void check_model(const Checkpoint& checkpoint) const {
    if (!options_.description_hash || *options_.description_hash == checkpoint.description_hash) return;
    throw Error(ErrorCode::kMismatch, "checkpoint", "belongs to another model")
        .in(detail::kHashKey)
        .expected("%s", checksum_text(*options_.description_hash).c_str())
        .found("%s", checksum_text(checkpoint.description_hash).c_str());
  }

  void tidy(int generation) {
    const std::string temporary = detail::temporary_path(path_);
    if (generation == 2) {
      // The next save would overwrite the temporary, so it has to get its real name first.
      files_.rename(temporary, path_);
      files_.sync_folder(path_folder(path_));
    } else if (files_.exists(temporary)) {
      files_.remove(temporary);
    }
  }

  FileSystem& files_;
  const std::string& path_;
  const CheckpointOptions& options_;
  int bad_ = 0;
  Error first_{ErrorCode::kMissing, "checkpoint", "there is none"};
  std::string reasons_;
};

Checkpoint load_checkpoint(FileSystem& files, const std::string& path, const CheckpointOptions& options) {
  return guard_memory("checkpoint", [&] { return CheckpointReader(files, path, options).load(); });
}

}  // namespace betwixt
