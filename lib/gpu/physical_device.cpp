// SPDX-License-Identifier: MIT
#include "betwixt/gpu/detail/physical_device.h"

#include <algorithm>
#include <cctype>
#include <cstring>

#include "betwixt/gpu/detail/pipeline.h"
#include "betwixt/gpu/detail/result.h"

namespace betwixt::gpu {
namespace {

constexpr std::uint64_t kBufferLimit = std::uint64_t{1} << 30;
// Above these nothing of ours gets faster.
constexpr std::uint32_t kUsefulInvocations = 256;
constexpr std::uint32_t kUsefulSharedBytes = 49152;

std::vector<VkExtensionProperties> device_extensions(const Functions& vk, VkPhysicalDevice device) {
  std::uint32_t count = 0;
  check(vk.vkEnumerateDeviceExtensionProperties(device, nullptr, &count, nullptr),
        "vkEnumerateDeviceExtensionProperties");
  std::vector<VkExtensionProperties> all(count);
  check(vk.vkEnumerateDeviceExtensionProperties(device, nullptr, &count, all.data()),
        "vkEnumerateDeviceExtensionProperties");
  all.resize(count);
  return all;
}

bool contains(const std::vector<VkExtensionProperties>& all, const char* name) {
  return std::any_of(all.begin(), all.end(),
                     [&](const VkExtensionProperties& e) { return std::strcmp(e.extensionName, name) == 0; });
}

/// The property structures that may be asked for, chained as far as the device knows them.
struct PropertyChain {
  VkPhysicalDeviceProperties2 base{};
  VkPhysicalDeviceSubgroupProperties subgroup{};
  VkPhysicalDeviceMaintenance3Properties maintenance{};
  VkPhysicalDeviceDriverProperties driver{};
  VkPhysicalDeviceShaderSMBuiltinsPropertiesNV nvidia{};
  VkPhysicalDeviceShaderCorePropertiesAMD amd{};
  VkPhysicalDeviceShaderCoreBuiltinsPropertiesARM arm{};

  PropertyChain(std::uint32_t version, const std::vector<VkExtensionProperties>& extensions) {
    base.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2;
    subgroup.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES;
    maintenance.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_3_PROPERTIES;
    driver.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES;
    nvidia.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_SM_BUILTINS_PROPERTIES_NV;
    amd.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_CORE_PROPERTIES_AMD;
    arm.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_CORE_BUILTINS_PROPERTIES_ARM;
    base.pNext = &subgroup;
    subgroup.pNext = &maintenance;
    void** next = &maintenance.pNext;
    auto add = [&](auto& structure) {
      *next = &structure;
      next = &structure.pNext;
    };
    if (version >= VK_API_VERSION_1_2 || contains(extensions, VK_KHR_DRIVER_PROPERTIES_EXTENSION_NAME)) add(driver);
    if (contains(extensions, VK_NV_SHADER_SM_BUILTINS_EXTENSION_NAME)) add(nvidia);
    if (contains(extensions, VK_AMD_SHADER_CORE_PROPERTIES_EXTENSION_NAME)) add(amd);
    if (contains(extensions, VK_ARM_SHADER_CORE_BUILTINS_EXTENSION_NAME)) add(arm);
  }
  PropertyChain(const PropertyChain&) = delete;
  PropertyChain& operator=(const PropertyChain&) = delete;

  std::uint32_t cores() const {
    const std::uint32_t amd_units =
        amd.shaderEngineCount * amd.shaderArraysPerEngineCount * amd.computeUnitsPerShaderArray;
    const std::uint32_t known = std::max({nvidia.shaderSMCount, amd_units, arm.shaderCoreCount});
    if (known) return known;
    return base.properties.deviceType == VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU ? 32 : 8;
  }
};

bool is_software(const VkPhysicalDeviceProperties& properties, VkDriverId driver) {
  return properties.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU || driver == VK_DRIVER_ID_MESA_LLVMPIPE ||
         driver == VK_DRIVER_ID_GOOGLE_SWIFTSHADER;
}

GpuLimits limits_of(const PropertyChain& chain, const Quirks& quirks) {
  const VkPhysicalDeviceLimits& raw = chain.base.properties.limits;
  GpuLimits limits;
  limits.max_invocations =
      std::min({raw.maxComputeWorkGroupInvocations, raw.maxComputeWorkGroupSize[0], kUsefulInvocations});
  limits.shared_bytes = std::min(raw.maxComputeSharedMemorySize, kUsefulSharedBytes);
  limits.max_groups = std::min(
      {raw.maxComputeWorkGroupCount[0], raw.maxComputeWorkGroupCount[1], raw.maxComputeWorkGroupCount[2], 65535u});
  limits.cores = chain.cores();
  const bool arithmetic = (chain.subgroup.supportedStages & VK_SHADER_STAGE_COMPUTE_BIT) &&
                          (chain.subgroup.supportedOperations & VK_SUBGROUP_FEATURE_ARITHMETIC_BIT);
  limits.subgroup_size =
      arithmetic && !quirks.no_subgroups && chain.subgroup.subgroupSize >= 4 ? chain.subgroup.subgroupSize : 1;
  limits.few_registers = quirks.few_registers;
  if (quirks.max_shared_bytes) limits.shared_bytes = std::min(limits.shared_bytes, quirks.max_shared_bytes);
  if (quirks.max_invocations) limits.max_invocations = std::min(limits.max_invocations, quirks.max_invocations);
  return limits;
}

bool queries_storage_16bit(const Functions& vk, VkPhysicalDevice device) {
  VkPhysicalDevice16BitStorageFeatures storage{};
  storage.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_16BIT_STORAGE_FEATURES;
  VkPhysicalDeviceFeatures2 features{};
  features.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2;
  features.pNext = &storage;
  vk.vkGetPhysicalDeviceFeatures2(device, &features);
  return storage.storageBuffer16BitAccess == VK_TRUE;
}

std::uint64_t largest_device_heap(const VkPhysicalDeviceMemoryProperties& memory) {
  std::uint64_t largest = 0;
  for (std::uint32_t i = 0; i < memory.memoryHeapCount; ++i)
    if (memory.memoryHeaps[i].flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT)
      largest = std::max<std::uint64_t>(largest, memory.memoryHeaps[i].size);
  return largest;
}

std::string driver_text(const PropertyChain& chain) {
  if (!chain.driver.driverName[0]) return "driver " + std::to_string(chain.base.properties.driverVersion);
  return std::string(chain.driver.driverName) + " " + chain.driver.driverInfo;
}

PhysicalDevice describe(const Instance& instance, VkPhysicalDevice handle) {
  const Functions& vk = instance.functions();
  PhysicalDevice device;
  device.handle = handle;
  vk.vkGetPhysicalDeviceProperties(handle, &device.properties);
  const std::uint32_t version = std::min(device.properties.apiVersion, instance.api_version());
  if (version < VK_API_VERSION_1_1) return device;
  const std::vector<VkExtensionProperties> extensions = device_extensions(vk, handle);
  PropertyChain chain(version, extensions);
  vk.vkGetPhysicalDeviceProperties2(handle, &chain.base);
  vk.vkGetPhysicalDeviceMemoryProperties(handle, &device.memory);
  device.driver = chain.driver.driverID;
  device.driver_name = driver_text(chain);
  device.quirks = find_quirks(device.properties, device.driver);
  device.limits = limits_of(chain, device.quirks);
  const std::uint64_t range = std::min<std::uint64_t>(device.properties.limits.maxStorageBufferRange, kBufferLimit);
  device.max_buffer = std::min<std::uint64_t>(range, chain.maintenance.maxMemoryAllocationSize) & ~std::uint64_t{255};
  device.needs_portability_subset = contains(extensions, "VK_KHR_portability_subset");
  device.has_storage_16bit = !device.quirks.no_storage_16bit && queries_storage_16bit(vk, handle);
  device.info.can_store_f16 = device.has_storage_16bit && find_half_shader("stored");
  device.info.name = std::string("vulkan: ") + device.properties.deviceName;
  device.info.backend = "vulkan";
  device.info.driver = device.driver_name;
  device.info.is_software = is_software(device.properties, device.driver);
  device.info.memory_bytes = largest_device_heap(device.memory);
  return device;
}

std::vector<VkQueueFamilyProperties> queue_families(const Functions& vk, VkPhysicalDevice device) {
  std::uint32_t count = 0;
  vk.vkGetPhysicalDeviceQueueFamilyProperties(device, &count, nullptr);
  std::vector<VkQueueFamilyProperties> families(count);
  vk.vkGetPhysicalDeviceQueueFamilyProperties(device, &count, families.data());
  return families;
}

bool choose_family(const Functions& vk, PhysicalDevice& device) {
  const std::vector<VkQueueFamilyProperties> families = queue_families(vk, device.handle);
  for (std::size_t i = 0; i < families.size(); ++i) {
    if (!(families[i].queueFlags & VK_QUEUE_COMPUTE_BIT) || families[i].queueCount == 0) continue;
    device.queue_family = static_cast<std::uint32_t>(i);
    device.timestamp_bits = families[i].timestampValidBits;
    return true;
  }
  return false;
}

int rank(const PhysicalDevice& device) {
  if (device.info.is_software) return 4;
  switch (device.properties.deviceType) {
    case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU:
      return 0;
    case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU:
      return 1;
    case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU:
      return 2;
    default:
      return 3;
  }
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

/// Everything a user may call a device by.
std::string names_of(const PhysicalDevice& device) {
  std::string names = lower(device.info.name + " " + device.driver_name);
  if (device.driver == VK_DRIVER_ID_MESA_LLVMPIPE) names += " lavapipe";
  return names;
}

}  // namespace

std::vector<PhysicalDevice> physical_devices(const Instance& instance) {
  const Functions& vk = instance.functions();
  std::uint32_t count = 0;
  check(vk.vkEnumeratePhysicalDevices(instance.handle(), &count, nullptr), "vkEnumeratePhysicalDevices");
  std::vector<VkPhysicalDevice> handles(count);
  check(vk.vkEnumeratePhysicalDevices(instance.handle(), &count, handles.data()), "vkEnumeratePhysicalDevices");
  handles.resize(count);
  std::vector<PhysicalDevice> devices;
  for (VkPhysicalDevice handle : handles) {
    PhysicalDevice device = describe(instance, handle);
    if (device.max_buffer && choose_family(vk, device)) devices.push_back(std::move(device));
  }
  std::stable_sort(devices.begin(), devices.end(),
                   [](const PhysicalDevice& a, const PhysicalDevice& b) { return rank(a) < rank(b); });
  return devices;
}

PhysicalDevice adopted_device(const Instance& instance, const VulkanAdopted& adopted) {
  PhysicalDevice device = describe(instance, static_cast<VkPhysicalDevice>(adopted.physical_device));
  if (!device.max_buffer)
    throw Error(ErrorCode::kUnsupported, "vulkan_device", "the application's device is older than Vulkan 1.1");
  const auto families = queue_families(instance.functions(), device.handle);
  if (adopted.queue_family >= families.size() || !(families[adopted.queue_family].queueFlags & VK_QUEUE_COMPUTE_BIT))
    throw Error(ErrorCode::kArgument, "vulkan_device", "queue family %u has no compute", adopted.queue_family);
  device.queue_family = adopted.queue_family;
  device.timestamp_bits = families[adopted.queue_family].timestampValidBits;
  device.has_storage_16bit &= adopted.storage_16bit;
  device.info.can_store_f16 &= adopted.storage_16bit;
  return device;
}

PhysicalDevice choose_device(const Instance& instance, const std::string& name) {
  std::vector<PhysicalDevice> devices = physical_devices(instance);
  const std::string wanted = lower(name);
  for (PhysicalDevice& device : devices)
    if (names_of(device).find(wanted) != std::string::npos) return std::move(device);
  if (devices.empty())
    throw Error(ErrorCode::kUnsupported, "vulkan_device", "no driver offers Vulkan 1.1 with compute");
  throw Error(ErrorCode::kUnsupported, "vulkan_device", "none of %zu devices is called \"%.64s\"", devices.size(),
              name.c_str());
}

}  // namespace betwixt::gpu

namespace betwixt {

std::vector<DeviceInfo> vulkan_devices() {
  std::vector<DeviceInfo> result;
  try {
    const std::shared_ptr<gpu::Instance> instance = gpu::Instance::create({});
    if (!instance) return result;
    for (const gpu::PhysicalDevice& device : gpu::physical_devices(*instance)) result.push_back(device.info);
  } catch (const Error&) {
    // A loader without a usable driver: there are no devices.
  }
  return result;
}

}  // namespace betwixt
