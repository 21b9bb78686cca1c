// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace betwixt::gpu {

/// Half-open range of a step's dispatches.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
  friend bool operator==(const Span&, const Span&) = default;
};

/// Decides how a step is cut into submissions, and how many steps go into one, from measured times alone: guesses from
/// operation counts go wrong by orders of magnitude between devices.
///
/// It starts with short spans; once their times are known, spans are joined up to the budget, and split again
/// when one turns out too long.
class Schedule {
 public:
  /// `exempt`: never cut a step (software drivers have no watchdog).
  Schedule(std::size_t dispatches, double budget_milliseconds, bool exempt);

  const std::vector<Span>& spans() const { return spans_; }
  bool whole_step() const { return spans_.size() == 1; }
  /// Times of `steps` steps of span `index`. Returns true when the spans have changed.
  bool measured(std::size_t index, std::int64_t steps, double milliseconds);
  /// Steps for the next submission, at most `wanted` and what fits into `milliseconds_left` (0: no such limit). 1 as
  /// long as nothing is measured or a step is cut.
  std::int64_t steps_per_submission(std::int64_t wanted, double milliseconds_left) const;
  /// Milliseconds one step takes; 0 before the first measurement.
  double step_milliseconds() const;

 private:
  bool regroup();
  double time_of(std::size_t dispatch_begin, std::size_t dispatch_end) const;

  double budget_;
  bool exempt_;
  std::vector<Span> spans_;
  std::vector<double> times_;         ///< per span; negative: not measured
  std::vector<double> per_dispatch_;  ///< share of the measured time, by which spans are formed
  std::int64_t since_change_ = 0;     ///< measured steps of the whole
};

}  // namespace betwixt::gpu
