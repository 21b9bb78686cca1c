// SPDX-License-Identifier: MIT
#include "betwixt/core/clock.h"

#include <algorithm>
#include <chrono>

namespace betwixt {
namespace {

class SystemClock final : public Clock {
 public:
  std::int64_t now() noexcept override {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
  }
};

}  // namespace

Clock& default_clock() {
  static SystemClock clock;
  return clock;
}

std::int64_t Stopwatch::nanoseconds() noexcept {
  latest_ = std::max(latest_, clock_->now() - start_);
  return latest_;
}

}  // namespace betwixt
