// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/sweep.h"

#include <algorithm>
#include <atomic>

namespace betwixt {
namespace {

constexpr std::int64_t kMostStretches = 64;

/// Chunks [first, first + count) of one thread; others help when theirs are done.
struct alignas(64) Stretch {
  std::int64_t first = 0;
  std::int64_t count = 0;
  std::atomic<std::int64_t> taken{0};

  /// The next chunk, or -1 when all are taken.
  std::int64_t take(bool backwards) {
    const std::int64_t i = taken.fetch_add(1, std::memory_order_relaxed);
    if (i >= count) return -1;
    return backwards ? first + count - 1 - i : first + i;
  }
};

/// Way of the last call. It says nothing about results, so that kernels of other devices may turn it as well.
std::atomic<bool> last_backwards{false};

bool turn() {
  const bool backwards = !last_backwards.load(std::memory_order_relaxed);
  last_backwards.store(backwards, std::memory_order_relaxed);
  return backwards;
}

}  // namespace

void sweep(ThreadPool& pool, std::int64_t count, std::int64_t grain, RangeFunction body) {
  if (count <= 0) return;
  grain = std::max<std::int64_t>(grain, 1);
  const std::int64_t chunks = (count - 1) / grain + 1;
  if (chunks == 1) return body(0, count);
  const std::int64_t stretches = std::min({std::int64_t{pool.threads()}, chunks, kMostStretches});
  const bool backwards = turn();
  Stretch all[kMostStretches];
  for (std::int64_t i = 0; i < stretches; ++i) {
    all[i].first = chunks * i / stretches;
    all[i].count = chunks * (i + 1) / stretches - all[i].first;
  }
  pool.parallel_for(stretches, 1, [&](std::int64_t own, std::int64_t) {
    for (std::int64_t k = 0; k < stretches; ++k) {
      Stretch& stretch = all[(own + k) % stretches];
      for (std::int64_t chunk; (chunk = stretch.take(backwards)) >= 0;)
        body(chunk * grain, std::min((chunk + 1) * grain, count));
    }
  });
}

}  // namespace betwixt
