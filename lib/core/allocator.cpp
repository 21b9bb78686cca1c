// SPDX-License-Identifier: MIT
#include "betwixt/core/allocator.h"

#include <new>
#include <utility>

#include "betwixt/core/error.h"

namespace betwixt {
namespace {

class HeapAllocator final : public Allocator {
 public:
  void* allocate(std::size_t bytes, std::size_t) noexcept override {
    return ::operator new (bytes, std::align_val_t{Memory::kAlignment}, std::nothrow);
  }
  void release(void* memory, std::size_t) noexcept override {
    ::operator delete (memory, std::align_val_t{Memory::kAlignment});
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
