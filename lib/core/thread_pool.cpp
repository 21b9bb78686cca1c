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

ThreadPool::ThreadPool(int threads) {
  if (threads <= 0) threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  workers_.reserve(static_cast<std::size_t>(threads - 1));
#if !defined(__EMSCRIPTEN__) || defined(__EMSCRIPTEN_PTHREADS__)
  for (int i = 1; i < threads; ++i) workers_.emplace_back([this] { work(); });
#endif
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

void ThreadPool::take_chunks(const RangeFunction& body, std::int64_t count, std::int64_t grain) {
  for (;;) {
    const std::int64_t begin = next_.fetch_add(grain, std::memory_order_relaxed);
    if (begin >= count) return;
    body(begin, std::min(begin + grain, count));
  }
}

void ThreadPool::parallel_for(std::int64_t count, std::int64_t grain, RangeFunction body) {
  grain = std::max<std::int64_t>(grain, 1);
  if (count <= 0) return;
  if (count <= grain || workers_.empty()) {
    for (std::int64_t begin = 0; begin < count; begin += grain) body(begin, std::min(begin + grain, count));
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    body_ = &body;
    count_ = count;
    grain_ = grain;
    next_.store(0, std::memory_order_relaxed);
    running_.store(static_cast<int>(workers_.size()), std::memory_order_relaxed);
    generation_.fetch_add(1, std::memory_order_release);
  }
  wake_.notify_all();
  take_chunks(body, count, grain);
  for (int spin = 0; spin < kSpins; ++spin) {
    if (running_.load(std::memory_order_acquire) == 0) return;
    pause_briefly();
  }
  std::unique_lock lock(mutex_);
  done_.wait(lock, [this] { return running_.load(std::memory_order_acquire) == 0; });
}

void ThreadPool::work() {
  const DenormalsAreZero denormals;
  std::uint64_t seen = 0;
  for (;;) {
    for (int spin = 0; spin < kSpins && generation_.load(std::memory_order_acquire) == seen; ++spin) pause_briefly();
    const RangeFunction* body;
    std::int64_t count;
    std::int64_t grain;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return generation_.load(std::memory_order_relaxed) != seen; });
      seen = generation_.load(std::memory_order_relaxed);
      if (stop_) return;
      body = body_;
      count = count_;
      grain = grain_;
    }
    take_chunks(*body, count, grain);
    if (running_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      const std::lock_guard lock(mutex_);
      done_.notify_one();
    }
  }
}

}  // namespace betwixt
