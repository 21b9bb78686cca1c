// SPDX-License-Identifier: MIT
#include "betwixt/train/training_control.h"

#include <chrono>

namespace betwixt {

const char* phase_name(TrainingPhase phase) noexcept {
  constexpr const char* kNames[] = {"idle",       "ready",    "running",   "paused",
                                    "background", "finished", "cancelled", "failed"};
  const auto index = static_cast<std::size_t>(phase);
  return index < sizeof kNames / sizeof *kNames ? kNames[index] : "unknown";
}

void TrainingControl::update_interrupt() {
  interrupt_.store(!may_run() || save_wanted_ || release_wanted_, std::memory_order_relaxed);
  changed_.notify_all();
}

void TrainingControl::cancel() {
  const Lock lock(mutex_);
  cancel_ = true;
  update_interrupt();
}

void TrainingControl::pause() {
  const Lock lock(mutex_);
  pause_ = true;
  update_interrupt();
}

void TrainingControl::resume() {
  const Lock lock(mutex_);
  pause_ = false;
  update_interrupt();
}

void TrainingControl::leave_background() {
  const Lock lock(mutex_);
  background_ = false;
  save_wanted_ = false;
  update_interrupt();
}

bool TrainingControl::cancelled() const {
  const Lock lock(mutex_);
  return cancel_;
}

TrainingStatus TrainingControl::status() const {
  const Lock lock(mutex_);
  TrainingStatus status = status_;
  if (!client_) return status;
  status.phase = cancel_       ? TrainingPhase::kCancelled
                 : background_ ? TrainingPhase::kBackground
                 : pause_      ? TrainingPhase::kPaused
                 : busy_       ? TrainingPhase::kRunning
                               : TrainingPhase::kReady;
  return status;
}

// Called with `busy_` set by this thread: nobody else touches the client, so the lock is not held over its calls.
void TrainingControl::serve(Lock& lock) {
  while (save_wanted_ || release_wanted_) {
    if (release_wanted_) {
      release_wanted_ = false;
      lock.unlock();
      const std::size_t left = client_->release_memory();
      lock.lock();
      status_.current_bytes = left;
      released_ = true;
      continue;
    }
    save_wanted_ = false;
    BackgroundResult result{.stopped = true};
    lock.unlock();
    try {
      result.saved = client_->save();
    } catch (const Error& error) {
      result.failed = true;
      result.error = error;
    } catch (const std::exception& error) {
      result.failed = true;
      result.error = Error(ErrorCode::kInternal, "background", "saving: %.128s", error.what());
    }
    lock.lock();
    background_result_ = result;
  }
  update_interrupt();
}

template <class Done>
bool TrainingControl::serve_or_wait(Lock& lock, double milliseconds, Done done) {
  if (client_ && !busy_) {
    busy_ = true;
    serve(lock);
    busy_ = false;
    changed_.notify_all();
  }
  const auto timeout = std::chrono::duration<double, std::milli>(milliseconds);
  return changed_.wait_for(lock, timeout, done);
}

BackgroundResult TrainingControl::enter_background(double timeout_milliseconds) {
  Lock lock(mutex_);
  background_ = true;
  save_wanted_ = client_ != nullptr;
  background_result_ = {};
  update_interrupt();
  serve_or_wait(lock, timeout_milliseconds, [&] { return !client_ || !busy_ || background_result_.stopped; });
  BackgroundResult result = background_result_;
  result.stopped = !client_ || !busy_ || result.stopped;
  return result;
}

bool TrainingControl::reduce_memory(double timeout_milliseconds) {
  Lock lock(mutex_);
  release_wanted_ = client_ != nullptr;
  released_ = false;
  update_interrupt();
  return serve_or_wait(lock, timeout_milliseconds, [&] { return !client_ || released_; });
}

void TrainingControl::attach(Client& client) {
  const Lock lock(mutex_);
  if (client_) throw Error(ErrorCode::kArgument, "training control", "another run uses it");
  client_ = &client;
  status_ = {};
  update_interrupt();
}

void TrainingControl::detach(TrainingPhase phase) {
  Lock lock(mutex_);
  // Another thread may still be saving this run.
  changed_.wait(lock, [&] { return !busy_; });
  client_ = nullptr;
  save_wanted_ = release_wanted_ = false;
  status_.phase = phase;
  update_interrupt();
}

bool TrainingControl::claim() {
  Lock lock(mutex_);
  changed_.wait(lock, [&] { return !busy_; });
  busy_ = true;
  serve(lock);
  if (may_run()) return true;
  busy_ = false;
  changed_.notify_all();
  return false;
}

void TrainingControl::yield() {
  Lock lock(mutex_);
  serve(lock);
  busy_ = false;
  changed_.notify_all();
}

void TrainingControl::wait_until_allowed() {
  Lock lock(mutex_);
  changed_.wait(lock, [&] { return cancel_ || may_run(); });
}

void TrainingControl::publish(const TrainingStatus& status) {
  const Lock lock(mutex_);
  const TrainingStatus before = status_;
  status_ = status;
  status_.phase = before.phase;
  status_.saved_step = before.saved_step;
}

void TrainingControl::note_saved(std::int64_t step) {
  const Lock lock(mutex_);
  status_.saved_step = step;
}

}  // namespace betwixt
