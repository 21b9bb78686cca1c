// SPDX-License-Identifier: MIT
#include "betwixt/gpu/detail/schedule.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace betwixt::gpu {
namespace {

constexpr std::size_t kFirstSpan = 32;   // dispatches
constexpr std::int64_t kMostSteps = 64;  // per submission
constexpr double kTooLong = 1.5;         // of the budget, before spans are formed anew
constexpr double kNewWeight = 0.3;       // of a measurement in the running mean
constexpr double kRounding = 1e-3;       // 16 ms hold 16 steps of 1 ms
constexpr std::int64_t kSettled = 16;    // steps before spans may be joined again

}  // namespace

Schedule::Schedule(std::size_t dispatches, double budget_milliseconds, bool exempt)
    : budget_(budget_milliseconds), exempt_(exempt), per_dispatch_(dispatches, 0.0) {
  const std::size_t length = exempt ? std::max<std::size_t>(dispatches, 1) : kFirstSpan;
  for (std::size_t begin = 0; begin < dispatches; begin += length)
    spans_.push_back({begin, std::min(begin + length, dispatches)});
  if (spans_.empty()) spans_.push_back({0, 0});
  times_.assign(spans_.size(), -1.0);
}

bool Schedule::measured(std::size_t index, std::int64_t steps, double milliseconds) {
  const double each = milliseconds / static_cast<double>(std::max<std::int64_t>(steps, 1));
  double& time = times_[index];
  time = time < 0 ? each : time + kNewWeight * (each - time);
  const Span span = spans_[index];
  for (std::size_t i = span.begin; i < span.end; ++i)
    per_dispatch_[i] = time / static_cast<double>(span.end - span.begin);
  if (index + 1 == spans_.size()) since_change_ += steps;
  if (exempt_ || std::any_of(times_.begin(), times_.end(), [](double t) { return t < 0; })) return false;
  const bool too_long = time > kTooLong * budget_ && span.end - span.begin > 1;
  const bool may_join = !whole_step() && (since_change_ == 1 || since_change_ % kSettled == 0);
  return (too_long || may_join) && regroup();
}

bool Schedule::regroup() {
  std::vector<Span> formed;
  double sum = 0;
  for (std::size_t i = 0; i < per_dispatch_.size(); ++i) {
    if (formed.empty() || sum + per_dispatch_[i] > budget_) {
      formed.push_back({i, i});
      sum = 0;
    }
    formed.back().end = i + 1;
    sum += per_dispatch_[i];
  }
  if (formed == spans_) return false;
  spans_ = std::move(formed);
  times_.clear();
  for (const Span& span : spans_) times_.push_back(time_of(span.begin, span.end));
  since_change_ = 1;
  return true;
}

double Schedule::time_of(std::size_t dispatch_begin, std::size_t dispatch_end) const {
  return std::accumulate(per_dispatch_.begin() + static_cast<std::ptrdiff_t>(dispatch_begin),
                         per_dispatch_.begin() + static_cast<std::ptrdiff_t>(dispatch_end), 0.0);
}

double Schedule::step_milliseconds() const {
  double sum = 0;
  for (const double time : times_) sum += std::max(time, 0.0);
  return sum;
}

std::int64_t Schedule::steps_per_submission(std::int64_t wanted, double milliseconds_left) const {
  if (!whole_step() || times_[0] < 0) return std::min<std::int64_t>(wanted, 1);
  const double step = std::max(times_[0], 1e-3);
  double room = budget_;
  if (milliseconds_left > 0) room = std::min(room, milliseconds_left);
  const double fits = std::clamp(std::floor(room / step + kRounding), 1.0, static_cast<double>(kMostSteps));
  return std::min(wanted, static_cast<std::int64_t>(fits));
}

}  // namespace betwixt::gpu
