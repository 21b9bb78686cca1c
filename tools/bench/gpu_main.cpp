// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "bench.h"
#include "betwixt/core/clock.h"
#include "betwixt/device/device_by_name.h"
#include "gpu_peak.h"
#include "tools/gpu/recording_device.h"

// betwixt_bench gpu: ops and whole training steps on a Vulkan device, by its own clock (timestamp queries), against its
// measured peak. Every line is JSON; tools/bench/gpu makes tables of them and puts PyTorch beside.

namespace betwixt::bench {
namespace {

constexpr int kWarmRuns = 5;
constexpr int kFewestRuns = 20;
constexpr int kFewestSoftwareRuns = 1;  // seconds or minutes each
constexpr std::size_t kFewestBursts = 3;
constexpr std::int64_t kSettlingSteps = 64;  // the device's schedule has found its submissions
constexpr double kBurstSeconds = 0.2;

struct GpuOptions {
  std::string device = "vulkan";
  std::string storage = "f32";
  double seconds = 1;
  std::vector<std::string> cases = {};
  std::string startup = {};
  std::string cache = {};
  bool peak = false;
  bool dispatches = false;
  bool variants = false;
};

std::vector<Case> op_cases() {
  std::vector<Case> all = layer_cases();
  for (const auto& group : {picture_layer_cases(), elementwise_cases()})
    all.insert(all.end(), group.begin(), group.end());
  return all;
}

std::vector<Case> training_cases() {
  std::vector<Case> all;
  for (const auto& group : {autoencoder_cases(), pyramid_cases(), flow_cases()})
    for (const Case& one : group)
      if (one.name.find(".train") != std::string::npos) all.push_back(one);
  return all;
}

bool wanted(const std::string& name, const std::vector<std::string>& patterns) {
  return patterns.empty() || std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
           return name == pattern || name.rfind(pattern + ".", 0) == 0;
         });
}

Device open(const GpuOptions& options, bool timestamps) {
  DeviceOptions device;
  device.vulkan.timestamps = timestamps;
  device.vulkan.storage = options.storage == "f16" ? DType::kF16 : DType::kF32;
  device.vulkan.cache_path = options.cache;
  return open_device(options.device, device);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

struct DeviceTime {
  double milliseconds = 0;  ///< median sum of a step's dispatches
  double fastest = 0;
  int runs = 0;
  std::vector<VulkanTiming> dispatches = {};  ///< medians
};

DeviceTime device_time(const Device& device, const Workload& work, double seconds) {
  const bool software = device.info().is_software;
  const int fewest = software ? kFewestSoftwareRuns : kFewestRuns;
  for (int i = 0; i < (software ? 1 : kWarmRuns); ++i) work.run();
  std::vector<double> sums;
  std::vector<std::vector<double>> each;
  DeviceTime result;
  Stopwatch watch(default_clock());
  while (result.runs < fewest || watch.seconds() < seconds) {
    work.run();
    result.dispatches = vulkan_timings(device);
    each.resize(result.dispatches.size());
    double sum = 0;
    for (std::size_t i = 0; i < each.size(); ++i) {
      each[i].push_back(result.dispatches[i].milliseconds);
      sum += each[i].back();
    }
    sums.push_back(sum);
    ++result.runs;
  }
  result.milliseconds = median(sums);
  result.fastest = *std::min_element(sums.begin(), sums.end());
  for (std::size_t i = 0; i < each.size(); ++i) result.dispatches[i].milliseconds = median(each[i]);
  return result;
}

void print_dispatches(const std::string& name, const DeviceTime& time) {
  std::map<std::pair<std::string, std::string>, std::pair<int, double>> groups;
  for (const VulkanTiming& timing : time.dispatches) {
    auto& [count, sum] = groups[{timing.op, timing.shader}];
    ++count;
    sum += timing.milliseconds;
  }
  for (const auto& [key, value] : groups)
    std::printf(
        "{\"gpu\": \"dispatch\", \"case\": \"%s\", \"op\": \"%s\", \"shader\": \"%s\", \"count\": %d, \"ms\": %.5f}\n",
        name.c_str(), key.first.c_str(), key.second.c_str(), value.first, value.second);
}

void time_op(const Case& one, const GpuOptions& options) {
  const Device device = open(options, true);
  Settings settings;
  settings.device = device;
  const Workload work = one.make(settings);
  const DeviceTime time = device_time(device, work, options.seconds);
  std::printf("{\"gpu\": \"op\", \"case\": \"%s\", \"ms\": %.5f, \"ms_min\": %.5f, \"runs\": %d, \"dispatches\": %zu",
              one.name.c_str(), time.milliseconds, time.fastest, time.runs, time.dispatches.size());
  if (work.gflop > 0) std::printf(", \"gflops\": %.2f", work.gflop / time.milliseconds * 1e3);
  if (work.gigabytes > 0) std::printf(", \"gbs\": %.3f", work.gigabytes / time.milliseconds * 1e3);
  std::printf("}\n");
  if (options.dispatches) print_dispatches(one.name, time);
  std::fflush(stdout);
}

struct StepRate {
  double milliseconds = 0;  ///< wall time of a step, median of bursts
  double submissions = 0;   ///< a step
};

StepRate step_rate(const Device& device, const Workload& work, double seconds) {
  Clock& clock = default_clock();
  const std::int64_t few = device.info().is_software ? 1 : 4;
  Stopwatch settling(clock);
  for (std::int64_t done = 0; done < kSettlingSteps && (done < few || settling.seconds() < seconds); done += few)
    work.run_steps(few);
  Stopwatch first(clock);
  work.run_steps(few);
  const double step = std::max(first.seconds(), 1e-6) / static_cast<double>(few);
  const auto burst = std::max(few, static_cast<std::int64_t>(kBurstSeconds / step));
  std::vector<double> times;
  const std::uint64_t before = vulkan_counters(device).submissions;
  Stopwatch total(clock);
  const std::size_t fewest = device.info().is_software ? kFewestSoftwareRuns : kFewestBursts;
  while (times.size() < fewest || total.seconds() < seconds) {
    Stopwatch one(clock);
    work.run_steps(burst);
    times.push_back(one.milliseconds() / static_cast<double>(burst));
  }
  const double steps = static_cast<double>(burst) * static_cast<double>(times.size());
  return {median(times), static_cast<double>(vulkan_counters(device).submissions - before) / steps};
}

/// What is recorded besides a step are constants: one dispatch with one barrier each.
struct StepCounts {
  std::uint64_t dispatches = 0;
  std::uint64_t barriers = 0;
};

StepCounts step_counts(const VulkanCounters& before, const VulkanCounters& after, std::size_t timed) {
  const std::uint64_t recorded = after.dispatches - before.dispatches;
  const std::uint64_t constants = timed ? recorded - timed : 0;
  return {recorded - constants, after.barriers - before.barriers - constants};
}

void time_training(const Case& one, const GpuOptions& options) {
  Settings settings;
  DeviceTime time;
  StepCounts counts;
  double gflop = 0;
  int items = 1;
  {
    settings.device = open(options, true);
    const VulkanCounters before = vulkan_counters(settings.device);
    const Workload work = one.make(settings);
    const VulkanCounters after = vulkan_counters(settings.device);
    time = device_time(settings.device, work, options.seconds);
    counts = step_counts(before, after, time.dispatches.size());
    gflop = work.gflop;
    items = work.items;
  }
  settings.device = open(options, false);
  const StepRate rate = step_rate(settings.device, one.make(settings), options.seconds);
  std::printf(
      "{\"gpu\": \"training\", \"case\": \"%s\", \"ms\": %.5f, \"steps_per_s\": %.2f, \"device_ms\": %.5f, "
      "\"gflop\": %.4f, \"gflops\": %.2f, \"batch\": %d, \"dispatches\": %llu, \"barriers\": %llu, "
      "\"submissions_per_step\": %.4f}\n",
      one.name.c_str(), rate.milliseconds, 1e3 / rate.milliseconds, time.milliseconds, gflop,
      gflop / rate.milliseconds * 1e3, items, static_cast<unsigned long long>(counts.dispatches),
      static_cast<unsigned long long>(counts.barriers), rate.submissions);
  if (options.dispatches) print_dispatches(one.name, time);
  std::fflush(stdout);
}

/// From nothing to the end of the first step.
void time_startup(const Case& one, const GpuOptions& options) {
  Clock& clock = default_clock();
  Stopwatch watch(clock);
  Settings settings;
  settings.device = open(options, false);
  const double opened = watch.milliseconds();
  const Workload work = one.make(settings);
  const double compiled = watch.milliseconds();
  work.run();
  const double stepped = watch.milliseconds();
  const VulkanCounters counters = vulkan_counters(settings.device);
  std::printf(
      "{\"gpu\": \"startup\", \"case\": \"%s\", \"cached\": %s, \"pipelines\": %llu, \"device_ms\": %.2f, "
      "\"compile_ms\": %.2f, \"first_step_ms\": %.2f, \"total_ms\": %.2f}\n",
      one.name.c_str(), counters.cache_accepted ? "true" : "false", static_cast<unsigned long long>(counters.pipelines),
      opened, compiled - opened, stepped - compiled, stepped);
}

void print_device(const GpuOptions& options) {
  const DeviceInfo info = open(options, false).info();
  std::printf("{\"gpu\": \"device\", \"name\": \"%s\", \"driver\": \"%s\", \"software\": %s", info.name.c_str(),
              info.driver.c_str(), info.is_software ? "true" : "false");
  if (options.peak) {
    const std::size_t colon = options.device.find(':');
    const GpuPeak peak = measure_gpu_peak(colon == std::string::npos ? "" : options.device.substr(colon + 1));
    std::printf(", \"peak_gflops\": %.1f, \"peak_gbs\": %.2f, \"dispatch_us\": %.3f", peak.gflops, peak.copy_gbs,
                peak.dispatch_us);
  }
  std::printf("}\n");
  std::fflush(stdout);
}

int run_startup(const GpuOptions& options) {
  for (const Case& one : training_cases())
    if (one.name == options.startup) return time_startup(one, options), 0;
  throw CLI::ValidationError("--startup", "takes A.train, B.train or C.train");
}

int list_variants(const GpuOptions& options) {
  ShaderVariants found;
  std::vector<Case> all = op_cases();
  for (const Case& one : training_cases()) all.push_back(one);
  for (const GpuLimits& limits : limits_worth_recording())
    for (const DType storage : {DType::kF32, DType::kF16}) {
      if (storage == DType::kF16 && !limits.storage_16bit) continue;
      Settings settings;
      settings.device = recording_device(limits, found, storage);
      for (const Case& one : all)
        if (wanted(one.name, options.cases)) one.make(settings);
    }
  print_variants(found);
  return 0;
}

int run_cases(const GpuOptions& options) {
  print_device(options);
  for (const Case& one : op_cases())
    if (wanted(one.name, options.cases)) time_op(one, options);
  for (const Case& one : training_cases())
    if (wanted(one.name, options.cases)) time_training(one, options);
  return 0;
}

}  // namespace

int run_gpu(int argc, char** argv) {
  CLI::App app{"Times ops and training steps on a Vulkan device; a line of JSON each."};
  GpuOptions options;
  app.add_option("cases", options.cases, "names, or beginnings of names up to a dot; all when none is given");
  app.add_option("--device", options.device, "as the command line's: vulkan, vulkan:NAME");
  app.add_option("--seconds", options.seconds, "measured time of each case")->check(CLI::Range(0.0, 3600.0));
  app.add_option("--startup", options.startup, "only the time from nothing to the first step of this training case");
  app.add_option("--cache", options.cache, "file of the pipeline cache");
  app.add_option("--storage", options.storage, "of tensors between ops: f32 or f16")
      ->check(CLI::IsMember({"f32", "f16"}));
  app.add_flag("--peak", options.peak, "measure the device's multiply-add and copy peak first");
  app.add_flag("--variants", options.variants, "list the shader variants the cases need, and time nothing");
  app.add_flag("--dispatches", options.dispatches, "also a line for every op and shader of a case");
  try {
    app.parse(argc, argv);
    if (options.variants) return list_variants(options);
    return options.startup.empty() ? run_cases(options) : run_startup(options);
  } catch (const CLI::Error& error) {
    return app.exit(error);
  }
}

}  // namespace betwixt::bench
