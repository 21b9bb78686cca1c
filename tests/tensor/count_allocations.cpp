// SPDX-License-Identifier: MIT
#include "count_allocations.h"

#include <atomic>
#include <cstdlib>
#include <new>
#ifdef _WIN32
#include <malloc.h>
#endif

namespace {
std::atomic<bool> g_counting{false};
std::atomic<int> g_count{0};

void* allocate(std::size_t bytes, std::size_t alignment) {
  if (g_counting) ++g_count;
  const std::size_t rounded = (bytes + alignment - 1) / alignment * alignment;
#ifdef _WIN32
  return _aligned_malloc(rounded ? rounded : alignment, alignment);
#else
  return std::aligned_alloc(alignment, rounded ? rounded : alignment);
#endif
}

void release(void* memory) {
#ifdef _WIN32
  _aligned_free(memory);
#else
  std::free(memory);
#endif
}
}  // namespace

void* operator new(std::size_t bytes) {
  if (void* memory = allocate(bytes, 16)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return allocate(bytes, 16); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  if (void* memory = allocate(bytes, static_cast<std::size_t>(alignment))) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t bytes, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return allocate(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, std::align_val_t, const std::nothrow_t&) noexcept { release(memory); }

namespace betwixt {

AllocationCounter::AllocationCounter() {
  g_count = 0;
  g_counting = true;
}
AllocationCounter::~AllocationCounter() { g_counting = false; }
int AllocationCounter::count() const { return g_count; }

}  // namespace betwixt
