// SPDX-License-Identifier: MIT
#include "betwixt/device/device_by_name.h"

#include <charconv>

#include "betwixt/core/error.h"
#include "betwixt/device/best_device.h"

namespace betwixt {
namespace {

constexpr int kMostThreads = 1024;

Device cpu_with(CpuOptions options, int threads) {
  if (threads > 0) options.threads = threads;
  if (options.threads < 0 || options.threads > kMostThreads)
    throw Error(ErrorCode::kArgument, "open_device", "%d threads", options.threads);
  return cpu_device(options);
}

Device best_with(const DeviceOptions& options) {
  const Device best = best_device(options.vulkan);
  return best.info().backend == "cpu" ? cpu_with(options.cpu, 0) : best;
}

Device vulkan_with(VulkanOptions options, const std::string& name) {
  options.name = name;
  return vulkan_device(options);
}

int thread_count(const std::string& text) {
  int threads = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, threads);
  if (error != std::errc() || stop != end || threads < 1 || threads > kMostThreads)
    throw Error(ErrorCode::kArgument, "open_device", "\"%.32s\" is not a number of threads", text.c_str());
  return threads;
}

}  // namespace

Device open_device(const std::string& name, const DeviceOptions& options) {
  const std::size_t colon = name.find(':');
  const std::string backend = name.substr(0, colon);
  const bool has_detail = colon != std::string::npos;
  const std::string detail = has_detail ? name.substr(colon + 1) : "";
  if (backend == "best" && !has_detail) return best_with(options);
  if (backend == "cpu" && options.vulkan.storage != DType::kF32)
    throw Error(ErrorCode::kUnsupported, "open_device", "the CPU stores tensors as f32, not as %s",
                dtype_name(options.vulkan.storage));
  if (backend == "cpu") return cpu_with(options.cpu, has_detail ? thread_count(detail) : 0);
  if (backend == "vulkan") return vulkan_with(options.vulkan, detail);
  throw Error(ErrorCode::kArgument, "open_device", "no device \"%.64s\"; cpu, cpu:4, vulkan, vulkan:NAME or best",
              name.c_str());
}

std::vector<DeviceInfo> list_devices() {
  std::vector<DeviceInfo> devices{cpu_device().info()};
  for (const DeviceInfo& info : vulkan_devices()) devices.push_back(info);
  return devices;
}

}  // namespace betwixt
