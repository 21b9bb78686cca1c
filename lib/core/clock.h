// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace betwixt {

/// The one way the library reads time: budgets of `run_for`, progress rates, time between checkpoints, GPU timeouts.
/// Replaceable where a device or a training run is made, so that tests can let hours pass. No result depends on it: a
/// slower clock changes how much is done, never a bit of what is done. Any thread may call it.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Nanoseconds since a fixed moment in the past.
  virtual std::int64_t now() noexcept = 0;
};

/// The operating system's monotonic clock.
Clock& default_clock();

/// Time since it was made. Never negative and never less than it said before, even on a clock that is set back.
class Stopwatch {
 public:
  /// Starts now. `clock` must outlive it.
  explicit Stopwatch(Clock& clock) : clock_(&clock), start_(clock.now()) {}

  /// Time passed, in whole nanoseconds.
  std::int64_t nanoseconds() noexcept;
  /// Time passed, with fractions.
  double milliseconds() noexcept { return static_cast<double>(nanoseconds()) * 1e-6; }
  /// Time passed, with fractions.
  double seconds() noexcept { return static_cast<double>(nanoseconds()) * 1e-9; }

 private:
  Clock* clock_;
  std::int64_t start_;
  std::int64_t latest_ = 0;
};

}  // namespace betwixt
