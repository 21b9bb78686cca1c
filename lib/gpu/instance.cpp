// SPDX-License-Identifier: MIT
#include "betwixt/gpu/detail/instance.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "betwixt/gpu/detail/result.h"

namespace betwixt::gpu {
namespace {

constexpr const char* kValidationLayer = "VK_LAYER_KHRONOS_validation";
constexpr const char* kPortability = "VK_KHR_portability_enumeration";

std::vector<VkExtensionProperties> instance_extensions(const Functions& vk, const char* layer) {
  std::uint32_t count = 0;
  check(vk.vkEnumerateInstanceExtensionProperties(layer, &count, nullptr), "vkEnumerateInstanceExtensionProperties");
  std::vector<VkExtensionProperties> all(count);
  check(vk.vkEnumerateInstanceExtensionProperties(layer, &count, all.data()), "vkEnumerateInstanceExtensionProperties");
  all.resize(count);
  return all;
}

bool has_extension(const std::vector<VkExtensionProperties>& all, const char* name) {
  return std::any_of(all.begin(), all.end(),
                     [&](const VkExtensionProperties& e) { return std::strcmp(e.extensionName, name) == 0; });
}

bool has_validation_layer(const Functions& vk) {
  std::uint32_t count = 0;
  check(vk.vkEnumerateInstanceLayerProperties(&count, nullptr), "vkEnumerateInstanceLayerProperties");
  std::vector<VkLayerProperties> layers(count);
  check(vk.vkEnumerateInstanceLayerProperties(&count, layers.data()), "vkEnumerateInstanceLayerProperties");
  return std::any_of(layers.begin(), layers.end(),
                     [](const VkLayerProperties& l) { return std::strcmp(l.layerName, kValidationLayer) == 0; });
}

VKAPI_ATTR VkBool32 VKAPI_CALL forward_message(VkDebugUtilsMessageSeverityFlagBitsEXT, VkDebugUtilsMessageTypeFlagsEXT,
                                               const VkDebugUtilsMessengerCallbackDataEXT* data, void* user) {
  const auto* validation = static_cast<const VulkanValidation*>(user);
  // The loader itself reports on the machine's drivers and layers through the same channel.
  const bool from_loader = data->pMessageIdName && std::strcmp(data->pMessageIdName, "Loader Message") == 0;
  if (!validation->report || from_loader || !data->pMessage) return VK_FALSE;
  validation->report(std::string(data->pMessageIdName ? data->pMessageIdName : "") + ": " + data->pMessage);
  return VK_FALSE;
}

VkDebugUtilsMessengerCreateInfoEXT messenger_info(VulkanValidation* validation) {
  VkDebugUtilsMessengerCreateInfoEXT info{};
  info.sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT;
  info.messageSeverity =
      VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT | VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT;
  info.messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_GENERAL_BIT_EXT | VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT |
                     VK_DEBUG_UTILS_MESSAGE_TYPE_PERFORMANCE_BIT_EXT;
  info.pfnUserCallback = forward_message;
  info.pUserData = validation;
  return info;
}

std::vector<VkValidationFeatureEnableEXT> validation_features(const VulkanValidation& validation) {
  std::vector<VkValidationFeatureEnableEXT> features;
  if (validation.synchronization) features.push_back(VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT);
  if (validation.gpu_assisted) features.push_back(VK_VALIDATION_FEATURE_ENABLE_GPU_ASSISTED_EXT);
  if (validation.best_practices) features.push_back(VK_VALIDATION_FEATURE_ENABLE_BEST_PRACTICES_EXT);
  return features;
}

}  // namespace

std::shared_ptr<Instance> Instance::create(const VulkanOptions& options) {
  std::shared_ptr<Instance> instance(new Instance);
  auto entry = reinterpret_cast<PFN_vkGetInstanceProcAddr>(options.get_instance_proc_address);
  if (!entry) {
    instance->loader_ = Loader::open();
    if (!instance->loader_) return nullptr;
    entry = instance->loader_->entry();
  }
  instance->vk_.load_global(entry);
  instance->make(options);
  instance->vk_.load_instance(instance->handle_);
  if (instance->validation_) instance->make_messenger();
  return instance;
}

void Instance::make(const VulkanOptions& options) {
  if (options.adopted) {
    handle_ = static_cast<VkInstance>(options.adopted->instance);
    api_version_ = std::max(options.adopted->api_version, VK_API_VERSION_1_1);
    return;
  }
  std::uint32_t loader_version = VK_API_VERSION_1_0;
  if (vk_.vkEnumerateInstanceVersion)
    check(vk_.vkEnumerateInstanceVersion(&loader_version), "vkEnumerateInstanceVersion");
  if (loader_version < VK_API_VERSION_1_1)
    throw Error(ErrorCode::kUnsupported, "vulkan_device", "the Vulkan loader is older than version 1.1");
  api_version_ = std::min(loader_version, VK_API_VERSION_1_3);

  VkApplicationInfo application{};
  application.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO;
  application.pEngineName = "betwixt";
  application.apiVersion = api_version_;
  VkInstanceCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO;
  info.pApplicationInfo = &application;
  std::vector<const char*> extensions;
  if (has_extension(instance_extensions(vk_, nullptr), kPortability)) {
    extensions.push_back(kPortability);
    info.flags |= VK_INSTANCE_CREATE_ENUMERATE_PORTABILITY_BIT_KHR;
  }
  VkDebugUtilsMessengerCreateInfoEXT messenger{};
  VkValidationFeaturesEXT features{};
  std::vector<VkValidationFeatureEnableEXT> enabled;
  if (options.validation && has_validation_layer(vk_)) {
    validation_ = std::make_unique<VulkanValidation>(*options.validation);
    messenger = messenger_info(validation_.get());
    enabled = validation_features(*validation_);
    features.sType = VK_STRUCTURE_TYPE_VALIDATION_FEATURES_EXT;
    features.enabledValidationFeatureCount = static_cast<std::uint32_t>(enabled.size());
    features.pEnabledValidationFeatures = enabled.data();
    features.pNext = &messenger;
    extensions.push_back(VK_EXT_DEBUG_UTILS_EXTENSION_NAME);
    if (!enabled.empty()) extensions.push_back(VK_EXT_VALIDATION_FEATURES_EXTENSION_NAME);
    info.enabledLayerCount = 1;
    info.ppEnabledLayerNames = &kValidationLayer;
    info.pNext = enabled.empty() ? static_cast<const void*>(&messenger) : &features;
  }
  info.enabledExtensionCount = static_cast<std::uint32_t>(extensions.size());
  info.ppEnabledExtensionNames = extensions.data();
  check(vk_.vkCreateInstance(&info, nullptr, &handle_), "vkCreateInstance");
  owned_ = true;
}

void Instance::make_messenger() {
  if (!vk_.vkCreateDebugUtilsMessengerEXT) return;
  const VkDebugUtilsMessengerCreateInfoEXT info = messenger_info(validation_.get());
  check(vk_.vkCreateDebugUtilsMessengerEXT(handle_, &info, nullptr, &messenger_), "vkCreateDebugUtilsMessengerEXT");
}

Instance::~Instance() {
  if (messenger_) vk_.vkDestroyDebugUtilsMessengerEXT(handle_, messenger_, nullptr);
  if (owned_ && handle_ && vk_.vkDestroyInstance) vk_.vkDestroyInstance(handle_, nullptr);
}

}  // namespace betwixt::gpu

namespace betwixt {

bool vulkan_validation_available() {
  const std::shared_ptr<gpu::Loader> loader = gpu::Loader::open();
  if (!loader) return false;
  try {
    gpu::Functions vk;
    vk.load_global(loader->entry());
    return gpu::has_validation_layer(vk);
  } catch (const Error&) {
    return false;
  }
}

}  // namespace betwixt
