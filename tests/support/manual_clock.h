// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>

#include "betwixt/core/clock.h"

namespace betwixt::test_support {

/// Time that passes only when a test says so, or by a fixed amount at every look.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(std::int64_t per_look = 0) : per_look_(per_look) {}

  std::int64_t now() noexcept override { return time_.fetch_add(per_look_); }
  void advance(std::int64_t nanoseconds) { time_ += nanoseconds; }

 private:
  std::int64_t per_look_;
  std::atomic<std::int64_t> time_{1000};
};

inline constexpr std::int64_t kMillisecond = 1000000;
inline constexpr std::int64_t kSecond = 1000 * kMillisecond;

}  // namespace betwixt::test_support
