// SPDX-License-Identifier: MIT
#include "betwixt/train/fit.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <string>
#include <vector>

namespace betwixt {
namespace {

double mean_of(const std::vector<float>& values) {
  if (values.empty()) return 0;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

class Fit {
 public:
  Fit(Trainer& trainer, const FitOptions& options, const ProgressCallback& callback)
      : trainer_(trainer), options_(options), callback_(callback), start_(trainer.step()) {
    const std::vector<std::string> names = trainer.logged();
    if (!names.empty()) name_ = names.front();
  }

  FitReport run() {
    const auto start = std::chrono::steady_clock::now();
    auto seconds = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); };
    std::int64_t chunk = 1;
    double saved = 0;
    while (step() < options_.steps && !report_.stopped) {
      const RunResult done = trainer_.run(next_chunk(chunk), options_.stop);
      report_.steps += done.steps;
      report_.stopped = done.stopped;
      watch();
      report_progress(done.steps, seconds());
      if (options_.save && seconds() - saved > options_.save_seconds) {
        options_.save();
        saved = seconds();
      }
      if (done.steps > 0 && done.milliseconds > 0)
        chunk = std::max<std::int64_t>(1, static_cast<std::int64_t>(static_cast<double>(done.steps) *
                                                                    options_.report_seconds * 1e3 / done.milliseconds));
    }
    if (options_.save) options_.save();
    report_.seconds = seconds();
    report_.loss = loss_of(std::min<std::int64_t>(100, report_.steps));
    report_.refused_steps = trainer_.refused_steps();
    return report_;
  }

 private:
  /// Steps since the very start.
  std::int64_t step() const { return start_ + report_.steps; }

  std::int64_t next_chunk(std::int64_t wanted) const {
    std::int64_t chunk = std::min(wanted, options_.steps - step());
    if (options_.watch_every > 0) chunk = std::min(chunk, options_.watch_every - step() % options_.watch_every);
    return chunk;
  }

  double loss_of(std::int64_t steps) const { return name_.empty() ? 0 : mean_of(trainer_.history(name_, steps)); }

  void watch() {
    if (options_.watch_every <= 0 || !options_.watch || report_.steps == 0) return;
    if (step() % options_.watch_every != 0) return;
    const std::string warning = options_.watch(step(), loss_of(options_.watch_every));
    if (report_.warning.empty()) report_.warning = warning;
  }

  void report_progress(std::int64_t steps, double seconds) {
    if (!callback_ || steps == 0) return;
    const double rate = static_cast<double>(report_.steps) / std::max(seconds, 1e-9);
    const double left = static_cast<double>(options_.steps - step()) / rate;
    const Progress progress{step(), options_.steps, loss_of(steps), rate, left, report_.warning};
    if (!callback_(progress) && step() < options_.steps) report_.stopped = true;
  }

  Trainer& trainer_;
  const FitOptions& options_;
  const ProgressCallback& callback_;
  std::int64_t start_;
  std::string name_;
  FitReport report_;
};

}  // namespace

FitReport fit(Trainer& trainer, const FitOptions& options, const ProgressCallback& callback) {
  return Fit(trainer, options, callback).run();
}

}  // namespace betwixt
