// SPDX-License-Identifier: MIT
#include "betwixt/media/detail/c_memory.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "betwixt/core/allocator.h"

namespace betwixt::detail {
namespace {

constexpr std::size_t kHead = Memory::kAlignment;

std::size_t size_of(const std::byte* block) {
  std::size_t bytes = 0;
  std::memcpy(&bytes, block, sizeof bytes);
  return bytes;
}

}  // namespace

void* c_allocate(std::size_t bytes) noexcept {
  if (bytes > std::numeric_limits<std::size_t>::max() - kHead) return nullptr;
  auto* block = static_cast<std::byte*>(default_allocator().allocate(bytes + kHead, Memory::kAlignment));
  if (!block) return nullptr;
  std::memcpy(block, &bytes, sizeof bytes);
  return block + kHead;
}

void* c_allocate_zeros(std::size_t count, std::size_t bytes) noexcept {
  if (bytes != 0 && count > std::numeric_limits<std::size_t>::max() / bytes) return nullptr;
  void* memory = c_allocate(count * bytes);
  if (memory) std::memset(memory, 0, count * bytes);
  return memory;
}

void* c_reallocate(void* memory, std::size_t bytes) noexcept {
  void* larger = c_allocate(bytes);
  if (!larger || !memory) return larger;
  std::memcpy(larger, memory, std::min(bytes, size_of(static_cast<std::byte*>(memory) - kHead)));
  c_release(memory);
  return larger;
}

void c_release(void* memory) noexcept {
  if (!memory) return;
  std::byte* block = static_cast<std::byte*>(memory) - kHead;
  default_allocator().release(block, size_of(block) + kHead);
}

void* zlib_allocate(void*, unsigned count, unsigned bytes) noexcept { return c_allocate_zeros(count, bytes); }
void zlib_release(void*, void* memory) noexcept { c_release(memory); }

}  // namespace betwixt::detail
