// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>

#include "betwixt/core/error.h"

namespace betwixt {

/// What a training run is doing.
enum class TrainingPhase : std::uint8_t {
  kIdle,        ///< no run has used this control yet
  kReady,       ///< between two `TrainingRun::run_for` calls
  kRunning,     ///< steps are being done
  kPaused,      ///< by `pause`
  kBackground,  ///< by `enter_background`
  kFinished,    ///< all steps done, or ended by the progress callback or early stopping
  kCancelled,   ///< by `cancel`
  kFailed,      ///< an error came out of the run
};
const char* phase_name(TrainingPhase phase) noexcept;

/// A consistent picture of a run, taken a few times a second.
struct TrainingStatus {
  TrainingPhase phase = TrainingPhase::kIdle;  ///< what the run is doing
  std::int64_t step = 0;                       ///< whole steps done since the very start
  std::int64_t steps = 0;                      ///< wanted
  double loss = 0;                             ///< mean of the first logged scalar over the last report
  double steps_per_second = 0;                 ///< over the last report
  std::size_t current_bytes = 0;               ///< device memory of weights, moments, data and the compiled step
  std::size_t peak_bytes = 0;                  ///< largest value of that so far
  std::int64_t saved_step = -1;  ///< step of the newest durable checkpoint of this run; -1 before the first
};

/// What `enter_background` reached before it returned.
struct BackgroundResult {
  bool stopped = false;  ///< no step runs, and none will before `leave_background`
  bool saved = false;    ///< a checkpoint of the state reached is durable
  bool failed = false;   ///< saving failed with `error`; the state is intact in memory and the run can go on
  Error error = Error(ErrorCode::kOk, "background", "%s", "");  ///< of the save; ErrorCode::kOk without
};

/// The hand on a training run from outside: given to `fit`, `TrainingRun` or a method's options, used from any thread.
///
/// Requests are looked at between steps: what is left is always whole-step state. No callback runs while the control's
/// lock is held, so callbacks may call it. One run at a time uses a control; it must outlive that run.
class TrainingControl {
 public:
  TrainingControl() = default;
  TrainingControl(const TrainingControl&) = delete;
  TrainingControl& operator=(const TrainingControl&) = delete;

  /// Ends the run after at most the step under way; also while paused or in the background. Stays in force: a run that
  /// starts with a cancelled control does nothing. Any thread, does not wait.
  void cancel();
  /// Stops after the step under way until `resume`. `fit` waits meanwhile, `TrainingRun::run_for` returns at once. Any
  /// thread, does not wait.
  void pause();
  void resume();

  /// The app goes to the background: no step runs after the one under way, and the run's checkpoint is written and made
  /// durable. Returns when both are done or `timeout_milliseconds` have passed (work then still goes on; `stopped` and
  /// `saved` tell). Without a checkpoint `saved` stays false. Any thread but one inside a callback of the run, blocks;
  /// between two `run_for` calls it saves on the calling thread, which then counts as using the device.
  BackgroundResult enter_background(double timeout_milliseconds = 1000);
  /// The run goes on where it was. Any thread, does not wait.
  void leave_background();

  /// Memory is short: the compiled step and its scratch memory are freed, all but weights, moments, statistics and
  /// data; the next step compiles again, with the same results. Returns true when that was done (or no run holds
  /// anything) within the timeout. Any thread but one inside a callback of the run, blocks.
  bool reduce_memory(double timeout_milliseconds = 1000);

  TrainingStatus status() const;  ///< any thread
  bool cancelled() const;         ///< any thread

 private:
  friend class TrainingRun;

  /// What a run lets the control do to it while no step runs.
  class Client {
   public:
    virtual ~Client() = default;
    virtual bool save() = 0;                   ///< false: nothing to save to
    virtual std::size_t release_memory() = 0;  ///< returns the bytes still held
  };

  void attach(Client& client);
  void detach(TrainingPhase phase);
  /// Waits for requests served by other threads; false when no step may run now.
  bool claim();
  /// Serves requests that came meanwhile, then lets others at the client.
  void yield();
  void wait_until_allowed();
  void publish(const TrainingStatus& status);
  void note_saved(std::int64_t step);

  using Lock = std::unique_lock<std::mutex>;
  bool may_run() const { return !cancel_ && !pause_ && !background_; }
  void update_interrupt();
  void serve(Lock& lock);
  template <class Done>
  bool serve_or_wait(Lock& lock, double milliseconds, Done done);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<bool> interrupt_{false};  ///< the flag that programs look at between steps
  Client* client_ = nullptr;
  bool busy_ = false;  ///< a thread runs steps or serves requests
  bool cancel_ = false;
  bool pause_ = false;
  bool background_ = false;
  bool save_wanted_ = false;
  bool release_wanted_ = false;
  bool released_ = false;
  BackgroundResult background_result_;
  TrainingStatus status_;
};

}  // namespace betwixt
