// SPDX-License-Identifier: MIT
#include <algorithm>
#include <fstream>
#include <sstream>

#include "bench.h"
#include "betwixt/core/clock.h"
#include "betwixt/cpu/cpu_device.h"

namespace betwixt::bench {
namespace {

constexpr int kFewestRuns = 7;
constexpr int kFewestWarmRuns = 2;

}  // namespace

Device device_of(const Settings& settings) {
  return settings.device == Device() ? cpu_device({.threads = settings.threads}) : settings.device;
}

Timing measure(const std::function<void()>& run, const Settings& settings) {
  Clock& clock = default_clock();
  Stopwatch warm(clock);
  for (int i = 0; i < kFewestWarmRuns || warm.seconds() < settings.seconds / 4; ++i) run();
  std::vector<double> times;
  Stopwatch total(clock);
  while (times.size() < kFewestRuns || total.seconds() < settings.seconds) {
    Stopwatch one(clock);
    run();
    times.push_back(one.milliseconds());
  }
  std::sort(times.begin(), times.end());
  const std::size_t middle = times.size() / 2;
  const double median = times.size() % 2 ? times[middle] : (times[middle - 1] + times[middle]) / 2;
  return {median, times.front(), static_cast<int>(times.size())};
}

double peak_memory_mib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmHWM:", 0) != 0) continue;
    std::istringstream fields(line.substr(6));
    double kib = 0;
    fields >> kib;
    return kib / 1024;
  }
  return 0;
}

State random_state(const Device& device, const std::string& name, const Shape& shape) {
  const State state(device, name, {shape, DType::kF32});
  std::vector<float> values(static_cast<std::size_t>(shape.elements()));
  std::uint64_t seed = 1;
  for (float& value : values) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    value = static_cast<float>(seed >> 40) * 0x1p-24f;
  }
  state.write(values);
  return state;
}

}  // namespace betwixt::bench
