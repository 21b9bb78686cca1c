// SPDX-License-Identifier: MIT
#include "betwixt/gpu/detail/storage_pool.h"

#include <algorithm>
#include <new>

namespace betwixt::gpu {
namespace {

constexpr std::uint64_t kAlignment = 256;
constexpr std::uint64_t kSmallestChunk = std::uint64_t{1} << 20;
constexpr std::uint64_t kUsualChunk = std::uint64_t{64} << 20;

}  // namespace

std::unique_ptr<Storage> StoragePool::allocate(std::size_t bytes) {
  const std::uint64_t wanted = (static_cast<std::uint64_t>(bytes) + kAlignment - 1) / kAlignment * kAlignment;
  if (wanted > context_->max_buffer())
    throw Error(ErrorCode::kLimit, "state", "%zu bytes, one buffer of this device spans %llu", bytes,
                static_cast<unsigned long long>(context_->max_buffer()))
        .limit("buffer_range");
  auto storage = std::make_unique<VulkanStorage>(shared_from_this(), take(wanted), bytes);
  staging_->fill(*storage->range().buffer, storage->range().offset, wanted, 0);
  return storage;
}

BufferRange StoragePool::take(std::uint64_t bytes) {
  BufferRange range;
  std::uint64_t total = 0;
  for (Chunk& chunk : chunks_) {
    if (take_from(chunk, bytes, range)) return range;
    total += chunk.buffer->bytes();
  }
  // Each chunk doubles the pool, so that there are few.
  std::uint64_t size = std::max(bytes, std::clamp(total, kSmallestChunk, kUsualChunk));
  size = std::min(size, context_->max_buffer());
  Chunk chunk{Buffer::create(context_, size, MemoryUse::kState), {}};
  chunk.free.emplace(0, chunk.buffer->bytes());
  chunks_.push_back(std::move(chunk));
  take_from(chunks_.back(), bytes, range);
  return range;
}

bool StoragePool::take_from(Chunk& chunk, std::uint64_t bytes, BufferRange& range) {
  const auto found =
      std::find_if(chunk.free.begin(), chunk.free.end(), [&](const auto& gap) { return gap.second >= bytes; });
  if (found == chunk.free.end()) return false;
  range = {chunk.buffer.get(), found->first, bytes};
  const std::uint64_t left = found->second - bytes;
  if (left) chunk.free.emplace(found->first + bytes, left);
  chunk.free.erase(found);
  return true;
}

void StoragePool::release(const BufferRange& range) noexcept {
  const auto chunk =
      std::find_if(chunks_.begin(), chunks_.end(), [&](const Chunk& c) { return c.buffer.get() == range.buffer; });
  if (chunk == chunks_.end()) return;
  std::map<std::uint64_t, std::uint64_t>::iterator gap;
  try {
    gap = chunk->free.emplace(range.offset, range.bytes).first;
  } catch (const std::bad_alloc&) {
    return;  // the range is lost to the pool, nothing else
  }
  if (const auto next = std::next(gap); next != chunk->free.end() && gap->first + gap->second == next->first) {
    gap->second += next->second;
    chunk->free.erase(next);
  }
  if (gap != chunk->free.begin()) {
    if (const auto before = std::prev(gap); before->first + before->second == gap->first) {
      before->second += gap->second;
      chunk->free.erase(gap);
      gap = before;
    }
  }
  if (gap->second == chunk->buffer->bytes()) chunks_.erase(chunk);
}

}  // namespace betwixt::gpu
