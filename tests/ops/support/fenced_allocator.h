// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
#include <new>

#include "betwixt/core/allocator.h"

namespace betwixt::ops_test {

/// Poisons every block with NaN bytes and puts sentinels on both sides, so that reading what was never written and
/// writing outside show up as wrong results and broken fences.
class FencedAllocator final : public Allocator {
 public:
  static constexpr std::size_t kFence = 256;

  void* allocate(std::size_t bytes, std::size_t) noexcept override {
    const std::size_t total = (bytes + 2 * kFence + 63) / 64 * 64;
    auto* block = static_cast<unsigned char*>(::operator new(total, std::align_val_t(64), std::nothrow));
    if (!block) return nullptr;
    std::memset(block, 0xA5, total);
    std::memset(block + kFence, 0xFF, bytes);
    const std::lock_guard lock(mutex_);
    live_[block] = bytes;
    return block + kFence;
  }

  void release(void* memory, std::size_t bytes) noexcept override {
    auto* block = static_cast<unsigned char*>(memory) - kFence;
    const std::lock_guard lock(mutex_);
    if (broken(block, bytes)) ++broken_;
    live_.erase(block);
    ::operator delete(block, std::align_val_t(64));
  }

  /// Blocks, living or released since the last call, whose fences were written over.
  int take_broken_fences() {
    const std::lock_guard lock(mutex_);
    int count = broken_;
    for (const auto& [block, bytes] : live_) count += broken(block, bytes) ? 1 : 0;
    broken_ = 0;
    return count;
  }

 private:
  static bool broken(const unsigned char* block, std::size_t bytes) {
    for (std::size_t i = 0; i < kFence; ++i)
      if (block[i] != 0xA5 || block[kFence + bytes + i] != 0xA5) return true;
    return false;
  }

  std::mutex mutex_;
  std::map<unsigned char*, std::size_t> live_;
  int broken_ = 0;
};

}  // namespace betwixt::ops_test
