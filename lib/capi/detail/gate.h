// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

namespace betwixt::capi {

/// Lets one thread at a time at a device, in the order in which they came: a training that passes through again and
/// again keeps nobody waiting for more than one piece. The thread that is in may enter again.
class Gate {
 public:
  void enter() { enter_for(-1); }
  /// False when `milliseconds` (below 0: any time) were not enough.
  bool enter_for(double milliseconds);
  void leave() noexcept;

  /// Lets go of the gate however often this thread is in, for a callback; `restore` takes the number back.
  int leave_entirely() noexcept;
  void restore(int depth);

 private:
  struct Waiter {
    Waiter* next = nullptr;
    bool granted = false;
  };
  void hand_over() noexcept;
  void forget(Waiter& waiter) noexcept;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::thread::id owner_;
  int depth_ = 0;  ///< 0: free, or about to be taken by the waiter it was granted to
  bool taken_ = false;
  Waiter* first_ = nullptr;
  Waiter* last_ = nullptr;
};

class Turn {
 public:
  explicit Turn(Gate& gate) : gate_(gate) { gate.enter(); }
  ~Turn() { gate_.leave(); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  Gate& gate_;
};

/// Lets others at the device during a callback.
class TurnLent {
 public:
  explicit TurnLent(Gate& gate) : gate_(gate), depth_(gate.leave_entirely()) {}
  ~TurnLent() { gate_.restore(depth_); }
  TurnLent(const TurnLent&) = delete;
  TurnLent& operator=(const TurnLent&) = delete;

 private:
  Gate& gate_;
  int depth_;
};

}  // namespace betwixt::capi
