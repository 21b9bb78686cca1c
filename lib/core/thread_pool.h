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
  /// `threads` counts the calling thread; 0 means all physical cores.
  explicit ThreadPool(int threads = 0);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// Threads that take part, the calling one included.
  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  /// Calls body(begin, end) for chunks of `grain` indices that cover [0, count). The caller takes part and returns
  /// when all is done. Runs in place when there is one chunk only. Allocates nothing. One caller at a time; a body
  /// must not throw and must not call parallel_for.
  void parallel_for(std::int64_t count, std::int64_t grain, RangeFunction body);

 private:
  void work();
  void take_chunks(const RangeFunction& body, std::int64_t count, std::int64_t grain);

  std::vector<std::thread> workers_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable done_;
  const RangeFunction* body_ = nullptr;
  std::int64_t count_ = 0;
  std::int64_t grain_ = 1;
  std::atomic<std::int64_t> next_{0};
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
