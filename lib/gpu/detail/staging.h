// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <span>

#include "betwixt/gpu/detail/buffer.h"

namespace betwixt::gpu {

/// Moves bytes between the host and buffers: directly where the memory is mapped, else through a small buffer, slice by
/// slice. Nothing may be running on the buffers.
class Staging {
 public:
  explicit Staging(std::shared_ptr<Context> context) : context_(std::move(context)) {}

  void write(Buffer& buffer, std::uint64_t offset, std::span<const std::byte> bytes);
  void read(Buffer& buffer, std::uint64_t offset, std::span<std::byte> into);
  /// Offset and size are multiples of 4.
  void fill(Buffer& buffer, std::uint64_t offset, std::uint64_t bytes, std::uint32_t word);
  void copy(VkBuffer from, std::uint64_t from_offset, VkBuffer to, std::uint64_t to_offset, std::uint64_t bytes);

 private:
  Buffer& slice();

  std::shared_ptr<Context> context_;
  std::unique_ptr<Buffer> slice_;
};

}  // namespace betwixt::gpu
