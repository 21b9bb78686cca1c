// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "betwixt/gpu/detail/staging.h"
#include "betwixt/tensor/device.h"

namespace betwixt::gpu {

/// A range of a buffer.
struct BufferRange {
  Buffer* buffer = nullptr;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
};

/// Hands out ranges of few big buffers, so that programs need few descriptor sets. A buffer is given back when its
/// last range is.
class StoragePool : public std::enable_shared_from_this<StoragePool> {
 public:
  explicit StoragePool(std::shared_ptr<Context> context, std::shared_ptr<Staging> staging)
      : context_(std::move(context)), staging_(std::move(staging)) {}

  /// Zero-filled. E_LIMIT above what one buffer may span.
  std::unique_ptr<Storage> allocate(std::size_t bytes);
  void release(const BufferRange& range) noexcept;

 private:
  struct Chunk {
    std::unique_ptr<Buffer> buffer;
    std::map<std::uint64_t, std::uint64_t> free;  ///< offset to bytes, never touching each other
  };
  BufferRange take(std::uint64_t bytes);
  static bool take_from(Chunk& chunk, std::uint64_t bytes, BufferRange& range);

  std::shared_ptr<Context> context_;
  std::shared_ptr<Staging> staging_;
  std::vector<Chunk> chunks_;
};

/// A state's contents on the GPU.
class VulkanStorage final : public Storage {
 public:
  VulkanStorage(std::shared_ptr<StoragePool> pool, const BufferRange& range, std::size_t bytes)
      : pool_(std::move(pool)), range_(range), bytes_(bytes) {}
  ~VulkanStorage() override { pool_->release(range_); }

  std::size_t bytes() const override { return bytes_; }
  const BufferRange& range() const { return range_; }
  const StoragePool* pool() const { return pool_.get(); }

 private:
  std::shared_ptr<StoragePool> pool_;
  BufferRange range_;
  std::size_t bytes_;
};

}  // namespace betwixt::gpu
