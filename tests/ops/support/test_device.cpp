// SPDX-License-Identifier: MIT
#include "tests/ops/support/test_device.h"

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <utility>

#include "betwixt/device/device_by_name.h"
#include "tests/support/vulkan_options.h"

namespace betwixt::ops_test {
namespace {

struct OpenDevice {
  std::string name;
  Device device;
};

OpenDevice& open_test_device() {
  static OpenDevice open;
  return open;
}

struct Messages {
  std::mutex mutex;
  std::vector<std::string> texts;
};

Messages& messages() {
  static Messages all;
  return all;
}

void* entry = nullptr;

// Hints of the layer that are no faults, and why.
constexpr const char* kExplained[] = {
    "SpirvDeprecated",             // SPIR-V 1.3 of Vulkan 1.1 has nothing newer
    "specialuse-extension",        // the layer's own extensions
    "simultaneous-use",            // several steps are one command buffer, several times in a submission
    "small-allocation",            // tests are small
    "small-dedicated-allocation",  // likewise
    "UNASSIGNED-GPU-Assisted Validation Warning",  // the layer's own set-up where a driver lacks what it wants
    "WARNING-Setting-Limit-Adjusted",              // likewise, in newer layers
};

bool is_explained(const std::string& message) {
  return std::any_of(std::begin(kExplained), std::end(kExplained),
                     [&](const char* hint) { return message.find(hint) != std::string::npos; });
}

void keep_message(const std::string& message) {
  if (is_explained(message)) return;
  const std::lock_guard<std::mutex> lock(messages().mutex);
  messages().texts.push_back(message);
}

DeviceOptions options_from_environment() {
  DeviceOptions options;
  options.vulkan = test_vulkan_options();
  options.vulkan.arena_fill = 0x7fc00000;  // NaN: what nobody wrote must not be used
  options.vulkan.get_instance_proc_address = entry;
  const char* text = std::getenv("BETWIXT_TEST_VALIDATION");
  if (!text || !*text) return options;
  const std::string list = std::string(",") + text + ",";
  const auto has = [&](const char* word) { return list.find(std::string(",") + word + ",") != std::string::npos; };
  options.vulkan.validation = VulkanValidation{has("sync"), has("gpu"), has("best"), keep_message};
  // A software driver compiles a shader with checks of its own inside when it first runs it, for minutes.
  constexpr double kHour = 3600e3;
  if (has("gpu")) options.vulkan.timeout_milliseconds = kHour;
  return options;
}

}  // namespace

Device test_device(const std::string& name, std::string& why_not) {
  if (name.empty()) {
    why_not = "BETWIXT_TEST_DEVICE names no device";
    return {};
  }
  OpenDevice& open = open_test_device();
  if (open.name != name) open = {name, open_device(name, options_from_environment())};
  return open.device;
}

void close_test_device() { open_test_device() = {}; }

std::vector<std::string> take_device_messages() {
  const std::lock_guard<std::mutex> lock(messages().mutex);
  return std::exchange(messages().texts, {});
}

void set_test_device_entry(void* get_instance_proc_address) { entry = get_instance_proc_address; }

}  // namespace betwixt::ops_test
