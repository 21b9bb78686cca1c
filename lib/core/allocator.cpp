// SPDX-License-Identifier: MIT
#include "betwixt/core/allocator.h"

#include <new>
#include <utility>

#include "betwixt/core/error.h"

#if defined(__linux__) && !defined(__ANDROID__)
#include <sys/mman.h>
#define BETWIXT_HUGE_PAGES 1
#endif

namespace betwixt {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;
[[maybe_unused]] constexpr std::size_t kLargeBlock = 2 * kHugePage;

class HeapAllocator final : public Allocator {
 public:
  void* allocate(std::size_t bytes, std::size_t) noexcept override {
    void* memory = ::operator new(bytes, alignment_of(bytes), std::nothrow);
#ifdef BETWIXT_HUGE_PAGES
    // Arenas of many megabytes are walked through again and again: with small pages half the time goes to page tables.
    if (memory && bytes >= kLargeBlock) madvise(memory, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);
#endif
    return memory;
  }
  void release(void* memory, std::size_t bytes) noexcept override { ::operator delete(memory, alignment_of(bytes)); }

 private:
  static std::align_val_t alignment_of(std::size_t bytes) {
#ifdef BETWIXT_HUGE_PAGES
    if (bytes >= kLargeBlock) return std::align_val_t{kHugePage};
#endif
    static_cast<void>(bytes);
    return std::align_val_t{Memory::kAlignment};
  }
};

}  // namespace

Allocator& default_allocator() {
  static HeapAllocator heap;
  return heap;
}

Memory::Memory(std::size_t bytes, Allocator& allocator) : bytes_(bytes), allocator_(&allocator) {
  if (bytes == 0) return;
  data_ = static_cast<std::byte*>(allocator.allocate(bytes, kAlignment));
  if (!data_) throw Error(ErrorCode::kOutOfMemory, "allocate", "no memory for %zu bytes", bytes);
}

Memory::Memory(Memory&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      bytes_(std::exchange(other.bytes_, 0)),
      allocator_(std::exchange(other.allocator_, nullptr)) {}

Memory& Memory::operator=(Memory&& other) noexcept {
  if (this != &other) {
    reset();
    data_ = std::exchange(other.data_, nullptr);
    bytes_ = std::exchange(other.bytes_, 0);
    allocator_ = std::exchange(other.allocator_, nullptr);
  }
  return *this;
}

Memory::~Memory() { reset(); }

void Memory::reset() {
  if (data_) allocator_->release(data_, bytes_);
  data_ = nullptr;
  bytes_ = 0;
}

}  // namespace betwixt
