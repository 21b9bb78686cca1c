// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "betwixt/core/allocator.h"
#include "betwixt/core/file.h"
#include "betwixt/core/shape.h"
#include "betwixt/io/json.h"

namespace betwixt {

/// A named tensor in memory: dense, in the machine's byte order. Borrows its bytes.
struct NamedBlob {
  std::string name;                  ///< no two the same in a file
  TensorType type;                   ///< shape and element type
  std::span<const std::byte> bytes;  ///< exactly what `type` needs
};

/// What belongs to a checkpoint as a whole.
struct CheckpointInfo {
  JsonValue metadata = JsonValue::object();  ///< anything: step, schedule, backend, order of the data
  std::uint64_t description_hash = 0;        ///< of the model the tensors belong to
};

/// What a checkpoint must keep to when it is read.
struct CheckpointOptions {
  std::uint64_t file_bytes = std::uint64_t{1} << 30;             ///< E_LIMIT for larger files
  std::optional<std::uint64_t> description_hash = std::nullopt;  ///< E_MISMATCH when the file has another one
  bool require_finite = true;  ///< refuse NaN and infinity in floating-point tensors (E_NOT_FINITE)
};

/// What `load_checkpoint` found. Owns the bytes that `tensors` points into.
class Checkpoint {
 public:
  JsonValue metadata;                  ///< as saved
  std::uint64_t description_hash = 0;  ///< as saved
  std::vector<NamedBlob> tensors;      ///< in the order of the file
  /// 0 the newest file, 1 the previous one, 2 a finished save whose renames were cut off.
  int generation = 0;
  /// Why newer generations were refused, or empty.
  std::string refused;

  /// E_MISSING when there is no such tensor.
  const NamedBlob& tensor(const std::string& name) const;

 private:
  friend class CheckpointReader;
  Memory storage_;
};

/// Saves tensors and metadata in `path`; what was there becomes `path`.1, the generation before that is dropped.
///
/// The file is a safetensors file with a checksum (XXH64) of every tensor and one of the whole file. Order of events:
/// `path`.tmp is written, flushed and closed, its name made durable, then `path` renamed to `path`.1 and the temporary
/// to `path`, and the folder flushed. Whatever fails or loses power on the way, `load_checkpoint` finds the complete
/// old or the complete new state. A flush that fails is never tried again.
///
/// E_NOT_FINITE (unless `require_finite` is off) before anything is written, E_IO, E_MISMATCH for a wrong byte count.
void save_checkpoint(FileSystem& files, const std::string& path, const CheckpointInfo& info,
                     std::span<const NamedBlob> tensors, bool require_finite = true);

/// Loads the newest intact generation. A temporary that a crash left behind is removed, or renamed to `path` when it is
/// the only intact one.
///
/// E_MISSING when there is no checkpoint at all, or only part of a first save that was cut short; the generation's own
/// error when there is only one and it is bad; E_CHECKSUM with both reasons when all are bad (then nothing is deleted);
/// E_VERSION or E_MISMATCH when the newest intact one is of a newer format or of another model.
Checkpoint load_checkpoint(FileSystem& files, const std::string& path, const CheckpointOptions& options = {});

}  // namespace betwixt
