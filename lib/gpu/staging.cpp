// SPDX-License-Identifier: MIT
#include "betwixt/gpu/detail/staging.h"

#include <algorithm>
#include <cstring>

namespace betwixt::gpu {
namespace {

constexpr std::uint64_t kSliceBytes = std::uint64_t{4} << 20;

}  // namespace

Buffer& Staging::slice() {
  if (!slice_) slice_ = Buffer::create(context_, std::min(kSliceBytes, context_->max_buffer()), MemoryUse::kStaging);
  return *slice_;
}

void Staging::write(Buffer& buffer, std::uint64_t offset, std::span<const std::byte> bytes) {
  context_->require_alive();
  if (bytes.empty()) return;
  if (buffer.mapped()) {
    std::memcpy(buffer.mapped() + offset, bytes.data(), bytes.size());
    buffer.flush();
    return;
  }
  for (std::size_t done = 0; done < bytes.size();) {
    const std::size_t count = std::min<std::size_t>(bytes.size() - done, slice().bytes());
    std::memcpy(slice().mapped(), bytes.data() + done, count);
    slice().flush();
    copy(slice().handle(), 0, buffer.handle(), offset + done, count);
    done += count;
  }
}

void Staging::read(Buffer& buffer, std::uint64_t offset, std::span<std::byte> into) {
  context_->require_alive();
  if (into.empty()) return;
  if (buffer.reads_fast()) {
    buffer.invalidate();
    std::memcpy(into.data(), buffer.mapped() + offset, into.size());
    return;
  }
  for (std::size_t done = 0; done < into.size();) {
    const std::size_t count = std::min<std::size_t>(into.size() - done, slice().bytes());
    copy(buffer.handle(), offset + done, slice().handle(), 0, count);
    slice().invalidate();
    std::memcpy(into.data() + done, slice().mapped(), count);
    done += count;
  }
}

void Staging::fill(Buffer& buffer, std::uint64_t offset, std::uint64_t bytes, std::uint32_t word) {
  if (bytes == 0) return;
  context_->run_once([&](VkCommandBuffer commands) {
    context_->vk().vkCmdFillBuffer(commands, buffer.handle(), offset, bytes, word);
  });
}

void Staging::copy(VkBuffer from, std::uint64_t from_offset, VkBuffer to, std::uint64_t to_offset,
                   std::uint64_t bytes) {
  const VkBufferCopy region{from_offset, to_offset, bytes};
  context_->run_once([&](VkCommandBuffer commands) { context_->vk().vkCmdCopyBuffer(commands, from, to, 1, &region); });
}

}  // namespace betwixt::gpu
