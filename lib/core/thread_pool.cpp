// SPDX-License-Identifier: MIT
#include "betwixt/core/thread_pool.h"

#include <algorithm>

#if defined(__x86_64__) || defined(_M_X64) || defined(__SSE2__)
#include <immintrin.h>
#define BETWIXT_X86 1
#endif

namespace betwixt {
namespace {

// A worker looks this often for new work before it sleeps: kernels of one step follow each other within microseconds.
constexpr int kSpins = 2000;

void pause_briefly() {
#ifdef BETWIXT_X86
  _mm_pause();
#else
  std::this_thread::yield();
#endif
}

std::size_t threads_for(int asked) {
#if defined(__EMSCRIPTEN__) && !defined(__EMSCRIPTEN_PTHREADS__)
  static_cast<void>(asked);
  return 1;
#else
  const int threads = asked > 0 ? asked : static_cast<int>(std::thread::hardware_concurrency());
  return static_cast<std::size_t>(std::max(threads, 1));
#endif
}

}  // namespace

DenormalsAreZero::DenormalsAreZero() {
#ifdef BETWIXT_X86
  saved_ = _mm_getcsr();
  _mm_setcsr(static_cast<unsigned>(saved_) | 0x8040u);
#elif defined(__aarch64__)
  asm volatile("mrs %0, fpcr" : "=r"(saved_));
  asm volatile("msr fpcr, %0" ::"r"(saved_ | (std::uint64_t{1} << 24)));
#else
  saved_ = 0;
#endif
}

DenormalsAreZero::~DenormalsAreZero() {
#ifdef BETWIXT_X86
  _mm_setcsr(static_cast<unsigned>(saved_));
#elif defined(__aarch64__)
  asm volatile("msr fpcr, %0" ::"r"(saved_));
#endif
}

ThreadPool::ThreadPool(int threads) : stretches_(threads_for(threads)) {
  workers_.reserve(stretches_.size() - 1);
  for (int i = 1; i < static_cast<int>(stretches_.size()); ++i) workers_.emplace_back([this, i] { work(i); });
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    generation_.fetch_add(1, std::memory_order_release);
  }
  wake_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::Loop::run_chunk(std::int64_t chunk) const {
  (*body)(chunk * grain, std::min((chunk + 1) * grain, count));
}

void ThreadPool::take_chunks(const Loop& loop, int thread) {
  const std::size_t threads = stretches_.size();
  for (std::size_t k = 0; k < threads; ++k) {
    Stretch& stretch = stretches_[(static_cast<std::size_t>(thread) + k) % threads];
    for (std::int64_t i; (i = stretch.taken.fetch_add(1, std::memory_order_relaxed)) < stretch.count;)
      loop.run_chunk(loop.order == Order::kBackwards ? stretch.first + stretch.count - 1 - i : stretch.first + i);
  }
}

void ThreadPool::parallel_for(std::int64_t count, std::int64_t grain, RangeFunction body, Order order) {
  if (count <= 0) return;
  const Loop loop{&body, count, std::max<std::int64_t>(grain, 1), order};
  const std::int64_t chunks = loop.chunks();
  if (chunks == 1 || workers_.empty()) {
    for (std::int64_t i = 0; i < chunks; ++i) loop.run_chunk(order == Order::kBackwards ? chunks - 1 - i : i);
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    loop_ = loop;
    const auto threads = static_cast<std::int64_t>(stretches_.size());
    for (std::int64_t t = 0; t < threads; ++t) {
      Stretch& stretch = stretches_[static_cast<std::size_t>(t)];
      stretch.first = chunks * t / threads;
      stretch.count = chunks * (t + 1) / threads - stretch.first;
      stretch.taken.store(0, std::memory_order_relaxed);
    }
    running_.store(static_cast<int>(workers_.size()), std::memory_order_relaxed);
    generation_.fetch_add(1, std::memory_order_release);
  }
  wake_.notify_all();
  take_chunks(loop, 0);
  for (int spin = 0; spin < kSpins; ++spin) {
    if (running_.load(std::memory_order_acquire) == 0) return;
    pause_briefly();
  }
  std::unique_lock lock(mutex_);
  done_.wait(lock, [this] { return running_.load(std::memory_order_acquire) == 0; });
}

void ThreadPool::work(int thread) {
  const DenormalsAreZero denormals;
  std::uint64_t seen = 0;
  for (;;) {
    for (int spin = 0; spin < kSpins && generation_.load(std::memory_order_acquire) == seen; ++spin) pause_briefly();
    Loop loop;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return generation_.load(std::memory_order_relaxed) != seen; });
      seen = generation_.load(std::memory_order_relaxed);
      if (stop_) return;
      loop = loop_;
    }
    take_chunks(loop, thread);
    if (running_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      const std::lock_guard lock(mutex_);
      done_.notify_one();
    }
  }
}

}  // namespace betwixt
