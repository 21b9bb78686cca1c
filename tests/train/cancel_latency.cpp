// SPDX-License-Identifier: MIT
#include "tests/train/cancel_latency.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <future>
#include <thread>
#include <vector>

#include "betwixt/core/philox.h"
#include "betwixt/device/device_by_name.h"
#include "betwixt/methods/autoencoder/denoise.h"

namespace betwixt {
namespace {

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

Images pictures(int count, int side) {
  Images images(count, side, side, 3);
  for (std::size_t i = 0; i < images.pixels.size(); ++i) images.pixels[i] = static_cast<std::uint8_t>(i * 37 % 251);
  return images;
}

void print(const char* what, std::vector<double> times) {
  std::sort(times.begin(), times.end());
  const auto at = [&](double share) {
    return times[static_cast<std::size_t>(share * static_cast<double>(times.size() - 1))];
  };
  std::printf("%-34s %5zu points: median %.2f ms, p99 %.2f ms, max %.2f ms\n", what, times.size(), at(0.5), at(0.99),
              times.back());
}

/// A moment within the first steps of a run, or within its start.
void sleep_at_random(int i) {
  const auto words = philox({static_cast<std::uint32_t>(i), 0, 0, 0}, RandomStream(1, "moment").key());
  std::this_thread::sleep_for(std::chrono::microseconds(words[0] % 60'000));
}

class Measurement {
 public:
  explicit Measurement(const std::string& name)
      : device_(open_device(name)), model_(device_, {.picture = {64, 64, 3}}), pictures_(pictures(64, 64)) {
    std::printf("%s, 64x64 pictures, batch 16\n", device_.info().name.c_str());
  }

  std::vector<double> cancels(int points, bool with_checkpoint) {
    std::vector<double> times;
    for (int i = 0; i < points; ++i) {
      TrainingControl control;
      auto done = start(control, with_checkpoint);
      sleep_at_random(i);
      const Clock::time_point call = Clock::now();
      control.cancel();
      done.get();
      times.push_back(milliseconds_since(call));
    }
    return times;
  }

  /// Milliseconds of one step, undisturbed: no cancel can be sooner on average than half of it.
  double step_milliseconds() {
    const DenoiseReport report = train(model_, pictures_, {.steps = 100});
    return 1e3 * report.fit.seconds / 100;
  }

  std::vector<double> backgrounds(int points) {
    TrainingControl control;
    auto done = start(control, true);
    while (control.status().step == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::vector<double> times;
    for (int i = 0; i < points; ++i) {
      sleep_at_random(i);
      const Clock::time_point call = Clock::now();
      const BackgroundResult result = control.enter_background(10'000);
      times.push_back(milliseconds_since(call));
      if (!result.saved) std::printf("not saved\n");
      control.leave_background();
    }
    control.cancel();
    done.get();
    return times;
  }

 private:
  std::future<void> start(TrainingControl& control, bool with_checkpoint) {
    if (!with_checkpoint) return run(control, "");
    const auto path = std::filesystem::temp_directory_path() / "betwixt_cancel_latency.ckpt";
    for (const char* suffix : {"", ".1", ".tmp"}) std::filesystem::remove(path.string() + suffix);
    return run(control, path.string());
  }
  std::future<void> run(TrainingControl& control, const std::string& checkpoint) {
    return std::async(std::launch::async, [this, &control, checkpoint] {
      train(model_, pictures_, {.steps = 100'000'000, .checkpoint = checkpoint, .control = &control});
    });
  }

  Device device_;
  Autoencoder model_;
  Images pictures_;
};

}  // namespace

void print_cancel_latency(const std::string& device, int points) {
  Measurement measurement(device);
  std::printf("a step takes %.1f ms\n", measurement.step_milliseconds());
  print("cancel", measurement.cancels(points, false));
  print("cancel with a checkpoint", measurement.cancels(std::max(1, points / 10), true));
  print("background, checkpoint durable", measurement.backgrounds(std::max(1, points / 10)));
}

}  // namespace betwixt
