// SPDX-License-Identifier: MIT
#include <exception>
#include <vector>

#include "betwixt/capi/detail/objects.h"
#include "betwixt/device/device_by_name.h"

namespace betwixt::capi {
namespace {

betwixt_device_info info_of(const DeviceInfo& from) {
  betwixt_device_info info{};
  info.is_software = from.is_software;
  info.can_store_f16 = from.can_store_f16;
  info.memory_bytes = static_cast<std::int64_t>(from.memory_bytes);
  copy_text(info.name, from.name);
  copy_text(info.backend, from.backend);
  copy_text(info.driver, from.driver);
  return info;
}

/// A callback of an adopted queue: what it throws must not pass through the backend.
std::function<void()> queue_callback(void (*callback)(void*), void* user) {
  if (!callback) return {};
  return [callback, user] {
    const InsideLockedCallback inside;
    try {
      callback(user);
    } catch (...) {
      // The other callback is still called, so that the queue stays in pairs.
    }
  };
}

VulkanAdopted adopted(const betwixt_vulkan& vulkan) {
  VulkanAdopted to;
  to.instance = required(vulkan.instance, "device_open", "vulkan.instance");
  to.physical_device = required(vulkan.physical_device, "device_open", "vulkan.physical_device");
  to.device = required(vulkan.device, "device_open", "vulkan.device");
  to.queue = required(vulkan.queue, "device_open", "vulkan.queue");
  to.queue_family = vulkan.queue_family;
  to.api_version = vulkan.api_version;
  to.storage_16bit = vulkan.has_storage_16bit != 0;
  to.lock = queue_callback(vulkan.lock, vulkan.user);
  to.unlock = queue_callback(vulkan.unlock, vulkan.user);
  return to;
}

std::unique_ptr<HostAllocator> host_allocator(const betwixt_allocator* from) {
  if (!from) return nullptr;
  const auto callbacks = read_struct(from, "device_open", "allocator");
  if (!callbacks.allocate || !callbacks.release)
    throw Error(ErrorCode::kArgument, "device_open", "an allocator needs both callbacks").in("allocator");
  return std::make_unique<HostAllocator>(callbacks);
}

Device open_with(const betwixt_device_options& options, Allocator* allocator) {
  DeviceOptions to;
  to.cpu.threads = options.threads;
  to.cpu.allocator = allocator;
  if (options.half_storage) to.vulkan.storage = DType::kF16;
  if (options.pipeline_cache) to.vulkan.cache_path = text_of(options.pipeline_cache, "device_open", "pipeline_cache");
  if (!options.vulkan) return open_device(options.name ? text_of(options.name, "device_open", "name") : "best", to);
  if (options.name)
    throw Error(ErrorCode::kArgument, "device_open", "give a name or a Vulkan device, not both").in("name");
  const auto vulkan = read_struct(options.vulkan, "device_open", "vulkan");
  to.vulkan.adopted = adopted(vulkan);
  to.vulkan.get_instance_proc_address = vulkan.get_instance_proc;
  return vulkan_device(to.vulkan);
}

}  // namespace

void* HostAllocator::allocate(std::size_t bytes, std::size_t alignment) noexcept {
  const InsideLockedCallback inside;
  try {
    void* memory = callbacks_.allocate(callbacks_.user, bytes, alignment);
    if (reinterpret_cast<std::uintptr_t>(memory) % alignment == 0) return memory;
    callbacks_.release(callbacks_.user, memory, bytes);
  } catch (...) {
    // As when there is no memory.
  }
  return nullptr;
}

void HostAllocator::release(void* memory, std::size_t bytes) noexcept {
  const InsideLockedCallback inside;
  try {
    callbacks_.release(callbacks_.user, memory, bytes);
  } catch (...) {
    // Nothing can be done for memory that cannot be given back.
  }
}

void OpenDevice::log(std::int32_t level, const std::string& text) const noexcept {
  if (!log_callback) return;
  try {
    log_callback(log_user, level, text.c_str());
  } catch (...) {
    // What was to be told is no reason to fail.
  }
}

}  // namespace betwixt::capi

using namespace betwixt;
using namespace betwixt::capi;

int32_t betwixt_device_list(betwixt_device_info* infos, int32_t capacity, int32_t* count, betwixt_error* error) {
  if (count) *count = 0;
  return guarded(error, "device_list", [&] {
    required(count, "device_list", "count");
    if (capacity < 0 || (capacity > 0 && !infos))
      throw Error(ErrorCode::kArgument, "device_list", "a capacity of %d infos", capacity).in("infos");
    const std::vector<DeviceInfo> devices = list_devices();
    const auto room = std::min(devices.size(), static_cast<std::size_t>(capacity));
    if (room > 0) check_result(infos, "device_list", "infos");
    const std::uint32_t stride = room > 0 ? infos->struct_size : 0;
    for (std::size_t i = 0; i < room; ++i) {
      void* place = reinterpret_cast<char*>(infos) + i * stride;
      std::memcpy(place, &stride, sizeof stride);
      write_struct(static_cast<betwixt_device_info*>(place), info_of(devices[i]), "device_list", "infos");
    }
    *count = static_cast<int32_t>(devices.size());
  });
}

int32_t betwixt_device_open(const betwixt_device_options* options, betwixt_device** device, betwixt_error* error) {
  if (device) *device = nullptr;
  return guarded(error, "device_open", [&] {
    required(device, "device_open", "device");
    const auto chosen = read_struct(options, "device_open", "options");
    auto open = std::make_shared<OpenDevice>();
    open->allocator = host_allocator(chosen.allocator);
    open->device = open_with(chosen, open->allocator.get());
    open->log_callback = chosen.log;
    open->log_user = chosen.log_user;
    auto handle = std::make_unique<betwixt_device>();
    handle->open = open;
    *device = handle.release();
    open->log(BETWIXT_LOG_INFO, open->device.info().name);
  });
}

int32_t betwixt_device_describe(const betwixt_device* device, betwixt_device_info* info, betwixt_error* error) {
  return guarded(error, "device_describe", [&] {
    const DeviceInfo& from = object_of(device, "device_describe", "device").open->device.info();
    write_struct(info, info_of(from), "device_describe", "info");
  });
}

void betwixt_device_release(betwixt_device* device) {
  if (is_handle(device) && !InsideLockedCallback::here()) delete device;
}
