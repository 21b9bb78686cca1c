// SPDX-License-Identifier: MIT
#include "betwixt/core/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace betwixt {
namespace {

TEST(ThreadPool, ThreadsKeepToTheirStretches) {
  ThreadPool pool(2);
  const std::thread::id caller = std::this_thread::get_id();
  for (int loop = 0; loop < 200; ++loop) {
    std::atomic<int> begun{0};
    std::thread::id ran[2];
    pool.parallel_for(2, 1, [&](std::int64_t begin, std::int64_t) {
      ran[begin] = std::this_thread::get_id();
      for (++begun; begun < 2;) std::this_thread::yield();
    });
    EXPECT_EQ(ran[0], caller);
    EXPECT_NE(ran[1], caller);
  }
}

TEST(ThreadPool, ThreadsHelpEachOther) {
  ThreadPool pool(3);
  constexpr std::int64_t kChunks = 30;
  std::atomic<std::int64_t> others{0};
  std::vector<int> times(kChunks);
  pool.parallel_for(kChunks, 1, [&](std::int64_t begin, std::int64_t) {
    ++times[static_cast<std::size_t>(begin)];
    if (begin > 0) {
      ++others;
      return;
    }
    // Whoever has this one can do no other of its stretch.
    while (others < kChunks - 1) std::this_thread::yield();
  });
  EXPECT_EQ(times, std::vector<int>(kChunks, 1));
}

TEST(ThreadPool, BothOrdersCoverAll) {
  for (const int threads : {1, 4})
    for (const auto order : {ThreadPool::Order::kForwards, ThreadPool::Order::kBackwards}) {
      ThreadPool pool(threads);
      std::vector<int> times(100);
      pool.parallel_for(
          100, 7,
          [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t i = begin; i < end; ++i) ++times[static_cast<std::size_t>(i)];
          },
          order);
      EXPECT_EQ(times, std::vector<int>(100, 1));
    }
}

TEST(ThreadPool, OneThreadGoesInTheOrderAsked) {
  ThreadPool pool(1);
  std::vector<std::int64_t> begins;
  const auto note = [&](std::int64_t begin, std::int64_t) { begins.push_back(begin); };
  pool.parallel_for(10, 4, note);
  pool.parallel_for(10, 4, note, ThreadPool::Order::kBackwards);
  EXPECT_EQ(begins, (std::vector<std::int64_t>{0, 4, 8, 8, 4, 0}));
}

}  // namespace
}  // namespace betwixt
