// SPDX-License-Identifier: MIT
#pragma once

#include <cstdlib>
#include <new>

#include "tests/fuzz/fuzz_support.h"

// Replaces the C++ heap of a fuzz target, so that one allocation can fail. Included by exactly one file of a target.

namespace betwixt::fuzz::detail {
inline std::int64_t allocations_left = -1;

inline bool must_fail() {
  if (allocations_left < 0) return false;
  return allocations_left-- == 0;
}
}  // namespace betwixt::fuzz::detail

namespace betwixt::fuzz {
void fail_allocation(std::uint64_t choice) {
  detail::allocations_left = static_cast<std::int64_t>(choice >> 56 & 0xFF) - 1;
}
void no_failing_allocation() { detail::allocations_left = -1; }
}  // namespace betwixt::fuzz

void* operator new(std::size_t size) {
  void* memory = betwixt::fuzz::detail::must_fail() ? nullptr : std::malloc(size ? size : 1);
  if (!memory) throw std::bad_alloc();
  return memory;
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return betwixt::fuzz::detail::must_fail() ? nullptr : std::malloc(size ? size : 1);
}
void* operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  const auto step = static_cast<std::size_t>(alignment);
  return betwixt::fuzz::detail::must_fail() ? nullptr : std::aligned_alloc(step, (size + step - 1) / step * step);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
