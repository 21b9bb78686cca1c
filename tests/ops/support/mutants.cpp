// SPDX-License-Identifier: MIT
#include "tests/ops/support/mutants.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <stdexcept>

#include "betwixt/core/error.h"
#include "tests/ops/support/check_op.h"
#include "tests/ops/support/gpu_probe.h"
#include "tests/ops/support/test_device.h"
#ifndef BETWIXT_NO_VULKAN
#include "tools/gpu/recording_device.h"
#endif

namespace betwixt::ops_test {
namespace {

bool wanted(const OpEntry& entry, const std::vector<std::string>& names) {
  return names.empty() || std::find(names.begin(), names.end(), entry.name) != names.end();
}

/// The first thing wrong with a case on the device; empty when nothing is.
std::string first_failure(const OpCase& op_case, const Device& device) {
  try {
    const CheckReport report = check_on_device(op_case, device);
    return report.failures.empty() ? "" : report.failures.front();
  } catch (const Error& error) {
    return error.what();
  }
}

Device open_probed(const std::string& name) {
  set_test_device_entry(gpu_probe::entry());
  std::string why_not;
  const Device device = test_device(name, why_not);
  if (device == Device()) throw std::runtime_error(why_not);
  return device;
}

// A kind of barrier is tried this often: one place may need it where another does not.
constexpr int kMostTries = 6;

struct Kind {
  int tries = 0;
  bool noticed = false;
  std::string where;
};

class BarrierRun {
 public:
  BarrierRun(const Device& device, std::map<std::string, Kind>& kinds) : device_(device), kinds_(kinds) {}

  void run(const OpEntry& entry, const OpCase& op_case) {
    gpu_probe::restart_barriers(-1);
    // The newer layer takes what dispatches may touch for what they do touch: side by side in one result is a hazard.
    if (!first_failure(op_case, device_).empty()) {
      ++left_out_;
      return;
    }
    const std::vector<std::string> recorded = gpu_probe::barriers();
    for (std::size_t i = 0; i < recorded.size(); ++i) {
      Kind& kind = kinds_[recorded[i]];
      if (kind.noticed || kind.tries == kMostTries) continue;
      ++kind.tries;
      gpu_probe::restart_barriers(static_cast<std::ptrdiff_t>(i));
      const std::string failure = first_failure(op_case, device_);
      kind.noticed = !failure.empty();
      kind.where = entry.name + ", " + op_case.options + (failure.empty() ? "" : ": " + failure.substr(0, 100));
    }
  }
  int left_out() const { return left_out_; }

 private:
  const Device& device_;
  std::map<std::string, Kind>& kinds_;
  int left_out_ = 0;  ///< cases that fail without any fault
};

int print_kinds(const std::map<std::string, Kind>& kinds, int left_out) {
  int unnoticed = 0;
  for (const auto& [name, kind] : kinds) {
    std::printf("%s %s (%d tried; %s)\n", kind.noticed ? "noticed" : "UNNOTICED", name.c_str(), kind.tries,
                kind.where.c_str());
    unnoticed += !kind.noticed;
  }
  std::printf("%zu kinds of barrier, %d not noticed; %d cases left out\n", kinds.size(), unnoticed, left_out);
  return unnoticed;
}

}  // namespace

int run_mutant(const std::string& device_name, const std::string& folder, const std::vector<std::string>& entries) {
  const Device device = open_probed(device_name);
  if (!folder.empty()) gpu_probe::exchange_shaders(folder);
  for (const OpEntry& entry : op_table()) {
    if (!wanted(entry, entries)) continue;
    for (const OpCase& op_case : entry.cases()) {
      const std::string failure = first_failure(op_case, device);
      if (failure.empty()) continue;
      std::printf("%s, %s: %s\n", entry.name.c_str(), op_case.options.c_str(), failure.c_str());
      return 1;
    }
  }
  return folder.empty() || gpu_probe::exchanged() > 0 ? 0 : 2;
}

int run_without_barriers(const std::string& device_name, const std::vector<std::string>& entries) {
  const Device device = open_probed(device_name);
  std::map<std::string, Kind> kinds;
  BarrierRun run(device, kinds);
  for (const OpEntry& entry : op_table()) {
    if (!wanted(entry, entries)) continue;
    for (const OpCase& op_case : entry.cases()) run.run(entry, op_case);
  }
  return print_kinds(kinds, run.left_out());
}

#ifndef BETWIXT_NO_VULKAN

namespace {

/// What a case compiles on a device that only records.
void record_case(const OpCase& op_case, const GpuLimits& limits, ShaderVariants& found) {
  first_failure(op_case, recording_device(limits, found));
}

}  // namespace

void print_entries_and_shaders() {
  for (const OpEntry& entry : op_table()) {
    ShaderVariants found;
    for (const std::uint32_t subgroup : {1u, 4u})
      for (const OpCase& op_case : entry.cases())
        record_case(op_case, GpuLimits{.cores = 8, .subgroup_size = subgroup}, found);
    std::printf("%s:", entry.name.c_str());
    std::string last;
    for (const ShaderVariant& variant : found) {
      if (variant.shader != last) std::printf(" %s", variant.shader.c_str());
      last = variant.shader;
    }
    std::printf("\n");
  }
}

void print_table_variants() {
  ShaderVariants found;
  for (const GpuLimits& limits : limits_worth_recording())
    for (const OpEntry& entry : op_table())
      for (const OpCase& op_case : entry.cases()) {
        record_case(op_case, limits, found);
        if (limits.storage_16bit) record_case(in_halves(op_case), limits, found);
      }
  print_variants(found);
}

#else

void print_entries_and_shaders() {}
void print_table_variants() {}

#endif

}  // namespace betwixt::ops_test
