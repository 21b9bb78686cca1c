// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "betwixt/gpu/detail/pipeline.h"

namespace betwixt::gpu {

/// What the comparison with the CPU said about variants of shaders, in memory and in a file. The file is framed like
/// the pipeline cache, with an identity of its own: vendor, device, driver version, shaders of this build, checksum.
class Verdicts {
 public:
  /// Reads the file beside the pipeline cache, when the options name one. Anything wrong with it: it does not count.
  explicit Verdicts(const Context& context);

  /// Empty: never tested.
  std::optional<bool> of(const PipelineKey& key) const;
  void set(const PipelineKey& key, bool right);
  /// Writes the file when something is new. One that cannot be written costs a test at the next start.
  void save() noexcept;

 private:
  CacheIdentity identity_;
  FileSystem& files_;
  std::string path_;
  std::map<std::uint64_t, bool> right_;  ///< by hash of the key
  bool changed_ = false;
};

}  // namespace betwixt::gpu
