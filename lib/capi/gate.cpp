// SPDX-License-Identifier: MIT
#include "betwixt/capi/detail/gate.h"

#include <algorithm>
#include <chrono>

namespace betwixt::capi {
namespace {

constexpr double kLongest = 1e9;  // milliseconds; beyond it the clock's numbers would wrap

}  // namespace

bool Gate::enter_for(double milliseconds) {
  std::unique_lock<std::mutex> lock(mutex_);
  const std::thread::id me = std::this_thread::get_id();
  if (taken_ && depth_ > 0 && owner_ == me) {
    ++depth_;
    return true;
  }
  if (taken_ || first_) {
    Waiter waiter;
    (last_ ? last_->next : first_) = &waiter;
    last_ = &waiter;
    const auto granted = [&] { return waiter.granted; };
    if (milliseconds < 0) {
      changed_.wait(lock, granted);
    } else {
      const auto time = std::chrono::duration<double, std::milli>(std::min(milliseconds, kLongest));
      if (!changed_.wait_for(lock, time, granted)) {
        forget(waiter);
        return false;
      }
    }
  }
  taken_ = true;
  owner_ = me;
  depth_ = 1;
  return true;
}

void Gate::leave() noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (--depth_ == 0) hand_over();
}

int Gate::leave_entirely() noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  const int depth = depth_;
  depth_ = 0;
  hand_over();
  return depth;
}

void Gate::restore(int depth) {
  enter();
  const std::lock_guard<std::mutex> lock(mutex_);
  depth_ = depth;
}

void Gate::hand_over() noexcept {
  taken_ = first_ != nullptr;
  if (!first_) return;
  first_->granted = true;
  first_ = first_->next;
  if (!first_) last_ = nullptr;
  changed_.notify_all();
}

void Gate::forget(Waiter& waiter) noexcept {
  Waiter* before = nullptr;
  for (Waiter* at = first_; at != &waiter; at = at->next) before = at;
  (before ? before->next : first_) = waiter.next;
  if (last_ == &waiter) last_ = before;
}

}  // namespace betwixt::capi
