// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>

namespace betwixt {

/// Where the library's big memory comes from: tensors, arenas, data sets, file contents. Replaceable, so that an app
/// can account for it and tests can make it fail. Small bookkeeping (names, node lists) uses the C++ heap.
/// Any thread may call it.
class Allocator {
 public:
  virtual ~Allocator() = default;
  /// Memory of at least `bytes`, aligned to `alignment` (a power of two), or nullptr.
  virtual void* allocate(std::size_t bytes, std::size_t alignment) noexcept = 0;
  virtual void release(void* memory, std::size_t bytes) noexcept = 0;
};

/// The C++ heap.
Allocator& default_allocator();

/// An owned block of memory. Throws E_OOM, naming the bytes asked for.
class Memory {
 public:
  static constexpr std::size_t kAlignment = 64;  ///< bytes; what every block is aligned to

  Memory() = default;
  /// A block of `bytes`, not cleared; `allocator` must outlive it. 0 bytes allocate nothing.
  explicit Memory(std::size_t bytes, Allocator& allocator = default_allocator());
  /// Takes the block over; the other is left empty.
  Memory(Memory&&) noexcept;
  /// Frees the block held and takes the other's over.
  Memory& operator=(Memory&&) noexcept;
  ~Memory();

  /// First byte; nullptr when empty.
  std::byte* data() { return data_; }
  /// First byte; nullptr when empty.
  const std::byte* data() const { return data_; }
  /// Bytes asked for.
  std::size_t size() const { return bytes_; }
  /// Frees the block now.
  void reset();

 private:
  std::byte* data_ = nullptr;
  std::size_t bytes_ = 0;
  Allocator* allocator_ = nullptr;
};

}  // namespace betwixt
