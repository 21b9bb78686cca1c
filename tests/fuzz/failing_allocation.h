// SPDX-License-Identifier: MIT
#pragma once

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <utility>

#include "tests/fuzz/fuzz_support.h"

// Replaces the C++ heap of a program, so that a chosen allocation can fail and the bytes in use are counted. Included
// by exactly one file of a program. Not for programs with several threads.

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"  // what is inlined hides that both are replaced
#endif

namespace betwixt::fuzz::detail {
inline std::int64_t allocations_left = 0;
inline bool fails_on = false;
inline std::size_t live = 0, peak = 0;

inline bool must_fail() {
  if (allocations_left <= 0 || --allocations_left != 0) return false;
  if (fails_on) allocations_left = 1;
  return true;
}
inline void* counted(void* memory) {
  if (memory) peak = std::max(peak, live += malloc_usable_size(memory));
  return memory;
}
inline void* allocate(std::size_t size) { return must_fail() ? nullptr : counted(std::malloc(size ? size : 1)); }
inline void* allocate(std::size_t size, std::align_val_t alignment) {
  const auto step = static_cast<std::size_t>(alignment);
  return must_fail() ? nullptr : counted(std::aligned_alloc(step, (size + step - 1) / step * step));
}
inline void release(void* memory) {
  if (memory) live -= malloc_usable_size(memory);
  std::free(memory);
}
}  // namespace betwixt::fuzz::detail

namespace betwixt::fuzz {
void fail_allocation(std::int64_t number, bool fails_on) {
  detail::allocations_left = number;
  detail::fails_on = fails_on;
}
void no_failing_allocation() { detail::allocations_left = 0; }
/// No allocation fails while it lives.
struct PausedFailures {
  std::int64_t left = std::exchange(detail::allocations_left, 0);
  ~PausedFailures() { detail::allocations_left = left; }
};
std::size_t live_bytes() { return detail::live; }
std::size_t peak_bytes() { return detail::peak; }
void restart_peak() { detail::peak = detail::live; }
}  // namespace betwixt::fuzz

void* operator new(std::size_t size) {
  void* memory = betwixt::fuzz::detail::allocate(size);
  if (!memory) throw std::bad_alloc();
  return memory;
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  void* memory = betwixt::fuzz::detail::allocate(size, alignment);
  if (!memory) throw std::bad_alloc();
  return memory;
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return betwixt::fuzz::detail::allocate(size); }
void* operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return betwixt::fuzz::detail::allocate(size, alignment);
}
void operator delete(void* memory) noexcept { betwixt::fuzz::detail::release(memory); }
void operator delete(void* memory, std::size_t) noexcept { betwixt::fuzz::detail::release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { betwixt::fuzz::detail::release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { betwixt::fuzz::detail::release(memory); }
