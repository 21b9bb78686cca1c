// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

// Scratch for the chunks of a parallel loop.

namespace betwixt::BETWIXT_ISA {

/// Equal pieces of scratch, one per thread. A chunk takes any free one: there are never more chunks running than
/// threads.
class SlotPool {
 public:
  SlotPool(std::byte* memory, std::size_t slot_bytes, int slots)
      : memory_(memory), slot_bytes_(slot_bytes), slots_(slots < 64 ? slots : 64) {}

  int acquire() const {
    for (;;) {
      std::uint64_t used = __atomic_load_n(&used_, __ATOMIC_RELAXED);
      for (int i = 0; i < slots_; ++i) {
        const std::uint64_t bit = std::uint64_t{1} << i;
        if (used & bit) continue;
        if (__atomic_compare_exchange_n(&used_, &used, used | bit, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) return i;
      }
    }
  }
  void release(int slot) const { __atomic_fetch_and(&used_, ~(std::uint64_t{1} << slot), __ATOMIC_RELEASE); }
  std::byte* memory(int slot) const { return memory_ + static_cast<std::size_t>(slot) * slot_bytes_; }

 private:
  std::byte* memory_;
  std::size_t slot_bytes_;
  int slots_;
  mutable std::uint64_t used_ = 0;
};

/// A slot while alive.
class Slot {
 public:
  explicit Slot(const SlotPool& pool) : pool_(pool), index_(pool.acquire()) {}
  ~Slot() { pool_.release(index_); }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;
  template <class T>
  T* at(std::size_t offset) const {
    return reinterpret_cast<T*>(pool_.memory(index_) + offset);
  }

 private:
  const SlotPool& pool_;
  int index_;
};

/// Less work (multiply-adds) than this is not worth a second thread.
constexpr std::int64_t kSerialWork = 100000;

}  // namespace betwixt::BETWIXT_ISA
