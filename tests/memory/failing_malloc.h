// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdlib>

#include "tests/fuzz/failing_allocation.h"

/// Lets malloc and its relatives fail like operator new (failing_allocation.h), so that C libraries run out of memory
/// too, and counts the blocks that are held. Only with glibc, which says how to stand in for its heap, and without
/// sanitizers, which stand there themselves. An operator new counts twice then: for itself and for the malloc it calls.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define BETWIXT_FAILING_MALLOC 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define BETWIXT_FAILING_MALLOC 0
#endif
#endif
#if !defined(BETWIXT_FAILING_MALLOC)
#if defined(__GLIBC__)
#define BETWIXT_FAILING_MALLOC 1
#else
#define BETWIXT_FAILING_MALLOC 0
#endif
#endif

namespace betwixt::fuzz {
inline bool malloc_fails_too = false;
inline long live_blocks = 0;
}  // namespace betwixt::fuzz

#if BETWIXT_FAILING_MALLOC
extern "C" {
void* __libc_malloc(std::size_t bytes) noexcept;
void* __libc_calloc(std::size_t count, std::size_t bytes) noexcept;
void* __libc_realloc(void* memory, std::size_t bytes) noexcept;
void* __libc_memalign(std::size_t alignment, std::size_t bytes) noexcept;
void __libc_free(void* memory) noexcept;
}

namespace betwixt::fuzz::detail {
inline bool malloc_must_fail() { return malloc_fails_too && must_fail(); }
inline void* held(void* memory) {
  live_blocks += memory != nullptr;
  return memory;
}
}  // namespace betwixt::fuzz::detail

extern "C" {
void* malloc(std::size_t bytes) noexcept {
  using namespace betwixt::fuzz::detail;
  return malloc_must_fail() ? nullptr : held(__libc_malloc(bytes));
}
void* calloc(std::size_t count, std::size_t bytes) noexcept {
  using namespace betwixt::fuzz::detail;
  return malloc_must_fail() ? nullptr : held(__libc_calloc(count, bytes));
}
void* realloc(void* memory, std::size_t bytes) noexcept {
  if (betwixt::fuzz::detail::malloc_must_fail()) return nullptr;
  void* moved = __libc_realloc(memory, bytes);
  betwixt::fuzz::live_blocks += (moved != nullptr) - (memory != nullptr && (moved != nullptr || bytes == 0));
  return moved;
}
void* aligned_alloc(std::size_t alignment, std::size_t bytes) noexcept {
  using namespace betwixt::fuzz::detail;
  return malloc_must_fail() ? nullptr : held(__libc_memalign(alignment, bytes));
}
int posix_memalign(void** memory, std::size_t alignment, std::size_t bytes) noexcept {
  constexpr int kNoMemory = 12;
  void* block = aligned_alloc(alignment, bytes);
  if (!block) return kNoMemory;
  *memory = block;
  return 0;
}
void free(void* memory) noexcept {
  betwixt::fuzz::live_blocks -= memory != nullptr;
  __libc_free(memory);
}
}
#endif
