// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/sweep.h"

#include <atomic>

namespace betwixt {
namespace {

/// Way of the last call. It says nothing about results, so that kernels of other devices may turn it as well.
std::atomic<bool> last_backwards{false};

bool turn() {
  const bool backwards = !last_backwards.load(std::memory_order_relaxed);
  last_backwards.store(backwards, std::memory_order_relaxed);
  return backwards;
}

}  // namespace

void sweep(ThreadPool& pool, std::int64_t count, std::int64_t grain, RangeFunction body) {
  pool.parallel_for(count, grain, body, turn() ? ThreadPool::Order::kBackwards : ThreadPool::Order::kForwards);
}

}  // namespace betwixt
