// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace betwixt {

/// Borrowed callable taking a half-open range of indices: no allocation, valid only during the call.
class RangeFunction {
 public:
  /// Borrows `f`, which must outlive the view.
  template <class F>
  RangeFunction(const F& f)  // NOLINT(google-explicit-constructor): a view, like std::string_view
      : object_(&f), call_([](const void* o, std::int64_t a, std::int64_t b) { (*static_cast<const F*>(o))(a, b); }) {}
  /// Calls the function borrowed.
  void operator()(std::int64_t begin, std::int64_t end) const { call_(object_, begin, end); }

 private:
  const void* object_;
  void (*call_)(const void*, std::int64_t, std::int64_t);
};

/// The threads of one CPU device. Work is cut into chunks whose boundaries depend on `count` and `grain` only, never on
/// the number of threads, so a kernel that writes disjoint outputs per chunk gives the same bits on any machine.
class ThreadPool {
 public:
  /// In which order a thread goes through its chunks.
  enum class Order { kForwards, kBackwards };

  /// `threads` counts the calling thread; 0 means all physical cores.
  explicit ThreadPool(int threads = 0);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// Threads that take part, the calling one included.
  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  /// Calls body(begin, end) for chunks of `grain` indices that cover [0, count). Each thread goes through a stretch of
  /// its own, the same for the same number of chunks, because its core's caches still hold what it did there in the
  /// loop before; then it helps the others. The caller takes part and returns when all is done. Runs in place, in one
  /// order or the other, when there is one thread or one chunk only. Allocates nothing. One caller at a time; a body
  /// must not throw and must not call parallel_for.
  void parallel_for(std::int64_t count, std::int64_t grain, RangeFunction body, Order order = Order::kForwards);

 private:
  /// Chunks [first, first + count) of one thread.
  struct alignas(64) Stretch {
    std::int64_t first = 0;
    std::int64_t count = 0;
    std::atomic<std::int64_t> taken{0};
  };
  struct Loop {
    const RangeFunction* body = nullptr;
    std::int64_t count = 0;
    std::int64_t grain = 1;
    Order order = Order::kForwards;

    std::int64_t chunks() const { return (count - 1) / grain + 1; }
    void run_chunk(std::int64_t chunk) const;
  };

  void work(int thread);
  void take_chunks(const Loop& loop, int thread);

  std::vector<std::thread> workers_;
  std::vector<Stretch> stretches_;  ///< of the caller, then of the workers
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable done_;
  Loop loop_;
  std::atomic<std::uint64_t> generation_{0};
  std::atomic<int> running_{0};
  bool stop_ = false;
};

/// Sets flush-to-zero and denormals-are-zero on this thread while alive; denormals slow training down 20 times.
class DenormalsAreZero {
 public:
  DenormalsAreZero();
  ~DenormalsAreZero();
  DenormalsAreZero(const DenormalsAreZero&) = delete;
  DenormalsAreZero& operator=(const DenormalsAreZero&) = delete;

 private:
  std::uint64_t saved_;
};

}  // namespace betwixt
