// SPDX-License-Identifier: MIT
#include "tests/gpu/fault_table.h"

#include <cstring>
#include <memory>
#include <type_traits>

#define BETWIXT_ALL_FUNCTIONS(X) \
  BETWIXT_VULKAN_GLOBAL(X) BETWIXT_VULKAN_INSTANCE(X) BETWIXT_VULKAN_DEBUG(X) BETWIXT_VULKAN_DEVICE(X)

namespace betwixt::test_gpu {
namespace {

FaultTable* table = nullptr;
std::shared_ptr<gpu::Loader> loader;

enum Id {
#define BETWIXT_ID(name) id_##name,
  BETWIXT_ALL_FUNCTIONS(BETWIXT_ID)
#undef BETWIXT_ID
};

constexpr const char* kNames[] = {
#define BETWIXT_NAME(name) #name,
    BETWIXT_ALL_FUNCTIONS(BETWIXT_NAME)
#undef BETWIXT_NAME
};

/// Looks at arguments of a call that succeeded; the function decides which.
template <class... A>
void look_after(A...) {}
void look_after(VkPhysicalDevice, VkPhysicalDeviceProperties* properties) { table->change(*properties); }
void look_after(VkPhysicalDevice, VkPhysicalDeviceProperties2* properties) { table->change(*properties); }
void look_after(VkDevice, VkPipelineCache, std::uint32_t count, const VkComputePipelineCreateInfo* infos,
                const VkAllocationCallbacks*, VkPipeline* pipelines) {
  for (std::uint32_t i = 0; i < count; ++i) table->note_pipeline(infos[i], pipelines[i]);
}
void look_after(VkDevice, VkPipeline pipeline, const VkAllocationCallbacks*) { table->forget_pipeline(pipeline); }
void look_after(VkCommandBuffer commands, VkPipelineBindPoint, VkPipeline pipeline) { table->bind(commands, pipeline); }

/// True when a call must not reach the driver.
template <class... A>
bool is_dropped(A...) {
  return false;
}
bool is_dropped(VkCommandBuffer commands, std::uint32_t, std::uint32_t, std::uint32_t) {
  return table->is_spoiled(commands);
}

template <int kId, class R, class... A>
struct Wrapper {
  using Function = R(VKAPI_PTR*)(A...);
  static inline Function real = nullptr;

  static VKAPI_ATTR R VKAPI_CALL call(A... arguments) {
    constexpr bool kFallible = std::is_same_v<R, VkResult>;
    const std::optional<VkResult> fault = table->before(kNames[kId], kFallible);
    if constexpr (kFallible) {
      if (fault && !table->waits_after_failure(kNames[kId])) return *fault;
      const VkResult result = real(arguments...);
      table->after(kNames[kId], result >= VK_SUCCESS);
      if (result == VK_SUCCESS) look_after(arguments...);
      return fault ? *fault : result;
    } else {
      table->after(kNames[kId], true);
      if constexpr (std::is_void_v<R>) {
        if (is_dropped(arguments...)) return;
        real(arguments...);
        look_after(arguments...);
      } else {
        return real(arguments...);
      }
    }
  }
};

template <int kId, class R, class... A>
Wrapper<kId, R, A...> wrapper_of(R(VKAPI_PTR*)(A...));

PFN_vkVoidFunction wrap(const char* name, PFN_vkVoidFunction real);

VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL device_entry(VkDevice device, const char* name) {
  using Get = decltype(wrapper_of<id_vkGetDeviceProcAddr>(PFN_vkGetDeviceProcAddr{}));
  return wrap(name, Get::real(device, name));
}

PFN_vkVoidFunction wrap(const char* name, PFN_vkVoidFunction real) {
  if (!real) return nullptr;
#define BETWIXT_WRAP(function)                                                                               \
  if (std::strcmp(name, #function) == 0) {                                                                   \
    using W = decltype(wrapper_of<id_##function>(PFN_##function{}));                                         \
    W::real = reinterpret_cast<PFN_##function>(real);                                                        \
    if (id_##function == id_vkGetDeviceProcAddr) return reinterpret_cast<PFN_vkVoidFunction>(&device_entry); \
    return reinterpret_cast<PFN_vkVoidFunction>(&W::call);                                                   \
  }
  BETWIXT_ALL_FUNCTIONS(BETWIXT_WRAP)
#undef BETWIXT_WRAP
  return real;
}

VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL instance_entry(VkInstance instance, const char* name) {
  return wrap(name, loader->entry()(instance, name));
}

/// "vkCreateFence" and "vkDestroyFence" are about a "Fence".
std::string kind_after(const std::string& name, const char* prefix) {
  const std::size_t length = std::strlen(prefix);
  return name.compare(0, length, prefix) == 0 ? name.substr(length) : "";
}

}  // namespace

FaultTable::FaultTable() {
  table = this;
  if (!loader) loader = gpu::Loader::open();
}
FaultTable::~FaultTable() { table = nullptr; }

void* FaultTable::entry() const { return reinterpret_cast<void*>(&instance_entry); }

void FaultTable::fail_at(std::int64_t call, VkResult result) { fail_function("", call, result); }

void FaultTable::fail_function(const std::string& name, std::int64_t call, VkResult result) {
  const std::lock_guard<std::mutex> lock(mutex_);
  calls_ = 0;
  calls_of_.clear();
  fail_call_ = call;
  fail_name_ = name;
  fail_result_ = result;
  failed_.clear();
}

void FaultTable::no_faults() { fail_function("", -1, VK_SUCCESS); }

std::string FaultTable::failed() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return failed_;
}

std::int64_t FaultTable::calls_of(const std::string& name) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = calls_of_.find(name);
  return found == calls_of_.end() ? 0 : found->second;
}

std::map<std::string, std::int64_t> FaultTable::alive() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::map<std::string, std::int64_t> result;
  for (const auto& [kind, count] : alive_)
    if (count) result.emplace(kind, count);
  return result;
}

void FaultTable::change(VkPhysicalDeviceProperties& properties) const {
  if (claims_hardware_) properties.deviceType = VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU;
  if (vendor_) properties.vendorID = vendor_;
  if (driver_version_) properties.driverVersion = driver_version_;
}

void FaultTable::change(VkPhysicalDeviceProperties2& properties) const {
  change(properties.properties);
  auto* next = static_cast<VkBaseOutStructure*>(properties.pNext);
  for (; next && claims_hardware_; next = next->pNext)
    if (next->sType == VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES)
      reinterpret_cast<VkPhysicalDeviceDriverProperties*>(next)->driverID = VK_DRIVER_ID_MESA_VENUS;
}

void FaultTable::note_pipeline(const VkComputePipelineCreateInfo& info, VkPipeline pipeline) {
  const VkSpecializationInfo* constants = info.stage.pSpecializationInfo;
  if (!spoils || !constants) return;
  const auto* words = static_cast<const std::uint32_t*>(constants->pData);
  if (!spoils({words, constants->dataSize / sizeof(std::uint32_t)})) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  spoiled_.insert(pipeline);
}

void FaultTable::forget_pipeline(VkPipeline pipeline) {
  const std::lock_guard<std::mutex> lock(mutex_);
  spoiled_.erase(pipeline);
}

void FaultTable::bind(VkCommandBuffer commands, VkPipeline pipeline) {
  const std::lock_guard<std::mutex> lock(mutex_);
  binds_spoiled_[commands] = spoiled_.count(pipeline) > 0;
}

bool FaultTable::is_spoiled(VkCommandBuffer commands) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = binds_spoiled_.find(commands);
  return found != binds_spoiled_.end() && found->second;
}

std::optional<VkResult> FaultTable::before(const char* name, bool fallible) {
  if (on_call) on_call(name);
  const std::lock_guard<std::mutex> lock(mutex_);
  const std::int64_t of_name = calls_of_[name]++;
  if (!fallible) return std::nullopt;
  const std::int64_t call = calls_++;
  const bool fails = fail_name_.empty() ? call == fail_call_ : fail_name_ == name && of_name >= fail_call_;
  if (!fails || fail_call_ < 0) return std::nullopt;
  failed_ = name;
  return fail_result_;
}

void FaultTable::after(const char* name, bool succeeded) {
  if (!succeeded) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  std::string made = kind_after(name, "vkCreate");
  if (made == "ComputePipelines") made = "Pipeline";
  if (std::strcmp(name, "vkAllocateMemory") == 0) made = "Memory";
  std::string gone = kind_after(name, "vkDestroy");
  if (std::strcmp(name, "vkFreeMemory") == 0) gone = "Memory";
  if (!made.empty()) ++alive_[made];
  if (!gone.empty()) --alive_[gone];
}

// A fence that is said not to signal still ends in truth: the driver must be done before its objects go.
bool FaultTable::waits_after_failure(const char* name) const { return std::strcmp(name, "vkWaitForFences") == 0; }

}  // namespace betwixt::test_gpu
