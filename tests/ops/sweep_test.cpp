// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/sweep.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

namespace betwixt {
namespace {

using Chunks = std::vector<std::pair<std::int64_t, std::int64_t>>;

Chunks swept(ThreadPool& pool, std::int64_t count, std::int64_t grain) {
  std::mutex mutex;
  Chunks chunks;
  sweep(pool, count, grain, [&](std::int64_t begin, std::int64_t end) {
    const std::lock_guard lock(mutex);
    chunks.emplace_back(begin, end);
  });
  return chunks;
}

TEST(Sweep, VisitsTheSameChunksOnceForAnyNumberOfThreads) {
  for (const int threads : {1, 2, 3, 8})
    for (const std::int64_t count : {0, 1, 7, 64, 1000}) {
      ThreadPool pool(threads);
      Chunks chunks = swept(pool, count, 7);
      std::sort(chunks.begin(), chunks.end());
      std::int64_t next = 0;
      for (const auto& [begin, end] : chunks) {
        EXPECT_EQ(begin, next);
        EXPECT_EQ(end, std::min<std::int64_t>(begin + 7, count));
        next = end;
      }
      EXPECT_EQ(next, count) << threads << " threads";
    }
}

TEST(Sweep, GoesBackWhereItCameFrom) {
  ThreadPool pool(1);
  const Chunks there = swept(pool, 40, 4);
  Chunks back = swept(pool, 40, 4);
  std::reverse(back.begin(), back.end());
  EXPECT_EQ(there, back);
}

}  // namespace
}  // namespace betwixt
