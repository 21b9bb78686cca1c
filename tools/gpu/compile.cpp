// SPDX-License-Identifier: MIT
// betwixt_gpu_compile FILE [SECONDS]: compiles shader variants (a line each: name, then specialisation constants) with
// the Vulkan driver that VK_DRIVER_FILES names, runs nothing, and prints what the compiler tells of every one as a line
// of JSON. Variants for halves are passed over where the device has no 16-bit storage: the library never asks it for
// them. A variant that takes more processor time than SECONDS ends the program by SIGPROF; it is then the last line.
// Drivers that compile without their hardware serve as well; tools/gpu_compile uses Mesa's.
#include <sys/time.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "betwixt/gpu/detail/functions.h"
#include "betwixt/gpu/detail/pipeline.h"

namespace betwixt::gpu {
namespace {

constexpr const char* kStatistics = VK_KHR_PIPELINE_EXECUTABLE_PROPERTIES_EXTENSION_NAME;

void expect(VkResult result, const char* call) {
  if (result < VK_SUCCESS) throw std::runtime_error(std::string(call) + " gave " + std::to_string(result));
}

/// Functions by name: this program wants some that the library never calls.
class Driver {
 public:
  Driver() : loader_(Loader::open()) {
    if (!loader_) throw std::runtime_error("there is no Vulkan loader");
    VkApplicationInfo application{};
    application.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO;
    application.apiVersion = VK_API_VERSION_1_1;
    VkInstanceCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO;
    info.pApplicationInfo = &application;
    expect(get<PFN_vkCreateInstance>("vkCreateInstance")(&info, nullptr, &instance_), "vkCreateInstance");
    std::uint32_t count = 1;
    expect(get<PFN_vkEnumeratePhysicalDevices>("vkEnumeratePhysicalDevices")(instance_, &count, &physical_),
           "vkEnumeratePhysicalDevices");
    if (count == 0) throw std::runtime_error("the driver has no device");
    get<PFN_vkGetPhysicalDeviceProperties>("vkGetPhysicalDeviceProperties")(physical_, &properties_);
    make_device();
    make_layout();
  }

  const VkPhysicalDeviceProperties& properties() const { return properties_; }
  bool has_statistics() const { return has_statistics_; }
  bool stores_halves() const { return stores_halves_; }

  template <class Function>
  Function get(const char* name) const {
    return reinterpret_cast<Function>(loader_->entry()(instance_, name));
  }

  VkPipeline compile(const PipelineKey& key) const;
  std::string statistics(VkPipeline pipeline) const;
  void destroy(VkPipeline pipeline) const {
    get<PFN_vkDestroyPipeline>("vkDestroyPipeline")(device_, pipeline, nullptr);
  }

 private:
  bool offers(const char* extension) const {
    std::uint32_t count = 0;
    const auto list = get<PFN_vkEnumerateDeviceExtensionProperties>("vkEnumerateDeviceExtensionProperties");
    expect(list(physical_, nullptr, &count, nullptr), "vkEnumerateDeviceExtensionProperties");
    std::vector<VkExtensionProperties> all(count);
    expect(list(physical_, nullptr, &count, all.data()), "vkEnumerateDeviceExtensionProperties");
    for (const VkExtensionProperties& one : all)
      if (std::strcmp(one.extensionName, extension) == 0) return true;
    return false;
  }
  void make_device();
  void make_layout();

  std::shared_ptr<Loader> loader_;
  VkInstance instance_ = VK_NULL_HANDLE;
  VkPhysicalDevice physical_ = VK_NULL_HANDLE;
  VkPhysicalDeviceProperties properties_{};
  VkDevice device_ = VK_NULL_HANDLE;
  VkPipelineLayout layout_ = VK_NULL_HANDLE;
  bool has_statistics_ = false;
  bool stores_halves_ = false;
};

void Driver::make_device() {
  const float priority = 1;
  VkDeviceQueueCreateInfo queue{};
  queue.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO;
  queue.queueCount = 1;
  queue.pQueuePriorities = &priority;
  VkPhysicalDevicePipelineExecutablePropertiesFeaturesKHR features{};
  features.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_EXECUTABLE_PROPERTIES_FEATURES_KHR;
  features.pipelineExecutableInfo = VK_TRUE;
  VkPhysicalDevice16BitStorageFeatures storage{};
  storage.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_16BIT_STORAGE_FEATURES;
  VkPhysicalDeviceFeatures2 offered{};
  offered.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2;
  offered.pNext = &storage;
  if (const auto ask = get<PFN_vkGetPhysicalDeviceFeatures2>("vkGetPhysicalDeviceFeatures2"))
    if (properties_.apiVersion >= VK_API_VERSION_1_1) ask(physical_, &offered);
  storage = {storage.sType, nullptr, storage.storageBuffer16BitAccess, VK_FALSE, VK_FALSE, VK_FALSE};
  has_statistics_ = offers(kStatistics);
  stores_halves_ = storage.storageBuffer16BitAccess;
  VkDeviceCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO;
  info.queueCreateInfoCount = 1;
  info.pQueueCreateInfos = &queue;
  if (stores_halves_) info.pNext = &storage;
  if (has_statistics_) {
    features.pNext = const_cast<void*>(info.pNext);
    info.pNext = &features;
    info.enabledExtensionCount = 1;
    info.ppEnabledExtensionNames = &kStatistics;
  }
  expect(get<PFN_vkCreateDevice>("vkCreateDevice")(physical_, &info, nullptr, &device_), "vkCreateDevice");
}

void Driver::make_layout() {
  std::array<VkDescriptorSetLayoutBinding, GpuDispatch::kMaxOperands> bindings{};
  for (std::uint32_t i = 0; i < bindings.size(); ++i)
    bindings[i] = {i, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1, VK_SHADER_STAGE_COMPUTE_BIT, nullptr};
  VkDescriptorSetLayoutCreateInfo set{};
  set.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO;
  set.bindingCount = static_cast<std::uint32_t>(bindings.size());
  set.pBindings = bindings.data();
  VkDescriptorSetLayout set_layout = VK_NULL_HANDLE;
  expect(get<PFN_vkCreateDescriptorSetLayout>("vkCreateDescriptorSetLayout")(device_, &set, nullptr, &set_layout),
         "vkCreateDescriptorSetLayout");
  const VkPushConstantRange push{VK_SHADER_STAGE_COMPUTE_BIT, 0, Pipelines::kPushBytes};
  VkPipelineLayoutCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO;
  info.setLayoutCount = 1;
  info.pSetLayouts = &set_layout;
  info.pushConstantRangeCount = 1;
  info.pPushConstantRanges = &push;
  expect(get<PFN_vkCreatePipelineLayout>("vkCreatePipelineLayout")(device_, &info, nullptr, &layout_),
         "vkCreatePipelineLayout");
}

VkPipeline Driver::compile(const PipelineKey& key) const {
  VkShaderModuleCreateInfo code{};
  code.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO;
  code.codeSize = key.shader->count * sizeof(std::uint32_t);
  code.pCode = key.shader->words;
  VkShaderModule module_handle = VK_NULL_HANDLE;
  expect(get<PFN_vkCreateShaderModule>("vkCreateShaderModule")(device_, &code, nullptr, &module_handle),
         "vkCreateShaderModule");
  const Specialization constants(key);
  VkComputePipelineCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO;
  info.flags = has_statistics_ ? VK_PIPELINE_CREATE_CAPTURE_STATISTICS_BIT_KHR : 0;
  info.stage.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO;
  info.stage.stage = VK_SHADER_STAGE_COMPUTE_BIT;
  info.stage.module = module_handle;
  info.stage.pName = "main";
  info.stage.pSpecializationInfo = &constants.info();
  info.layout = layout_;
  VkPipeline pipeline = VK_NULL_HANDLE;
  const VkResult result = get<PFN_vkCreateComputePipelines>("vkCreateComputePipelines")(device_, VK_NULL_HANDLE, 1,
                                                                                        &info, nullptr, &pipeline);
  get<PFN_vkDestroyShaderModule>("vkDestroyShaderModule")(device_, module_handle, nullptr);
  expect(result, "vkCreateComputePipelines");
  return pipeline;
}

std::string value_text(const VkPipelineExecutableStatisticKHR& statistic) {
  switch (statistic.format) {
    case VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_BOOL32_KHR:
      return statistic.value.b32 ? "1" : "0";
    case VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_INT64_KHR:
      return std::to_string(statistic.value.i64);
    case VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_UINT64_KHR:
      return std::to_string(statistic.value.u64);
    default:
      return std::to_string(statistic.value.f64);
  }
}

/// The executables of a pipeline as JSON objects; Intel's compiler makes one for each subgroup size.
std::string Driver::statistics(VkPipeline pipeline) const {
  const auto list = get<PFN_vkGetPipelineExecutablePropertiesKHR>("vkGetPipelineExecutablePropertiesKHR");
  const auto tell = get<PFN_vkGetPipelineExecutableStatisticsKHR>("vkGetPipelineExecutableStatisticsKHR");
  if (!has_statistics_ || !list || !tell) return "";
  VkPipelineInfoKHR about{};
  about.sType = VK_STRUCTURE_TYPE_PIPELINE_INFO_KHR;
  about.pipeline = pipeline;
  std::uint32_t executables = 0;
  expect(list(device_, &about, &executables, nullptr), "vkGetPipelineExecutablePropertiesKHR");
  VkPipelineExecutablePropertiesKHR nameless{};
  nameless.sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_PROPERTIES_KHR;
  std::vector<VkPipelineExecutablePropertiesKHR> properties(executables, nameless);
  expect(list(device_, &about, &executables, properties.data()), "vkGetPipelineExecutablePropertiesKHR");
  std::string text;
  for (std::uint32_t e = 0; e < executables; ++e) {
    VkPipelineExecutableInfoKHR one{};
    one.sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INFO_KHR;
    one.pipeline = pipeline;
    one.executableIndex = e;
    std::uint32_t count = 0;
    expect(tell(device_, &one, &count, nullptr), "vkGetPipelineExecutableStatisticsKHR");
    VkPipelineExecutableStatisticKHR blank{};
    blank.sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_STATISTIC_KHR;
    std::vector<VkPipelineExecutableStatisticKHR> values(count, blank);
    expect(tell(device_, &one, &count, values.data()), "vkGetPipelineExecutableStatisticsKHR");
    text += std::string(e ? ", " : "") + "{\"Subgroup Size\": " + std::to_string(properties[e].subgroupSize);
    for (std::uint32_t i = 0; i < count; ++i)
      text += std::string(", \"") + values[i].name + "\": " + value_text(values[i]);
    text += "}";
  }
  return text;
}

struct Line {
  std::string text;
  PipelineKey key;
};

bool is_for_halves(const Line& line) { return std::string(line.key.shader->name).ends_with("_half"); }

std::vector<Line> read_lines(const char* path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(std::string("cannot read ") + path);
  std::vector<Line> lines;
  for (std::string text; std::getline(file, text);) {
    std::istringstream fields(text);
    std::string name;
    if (!(fields >> name)) continue;
    Line line{text, {}};
    // A variant for operands in halves says which, behind a colon.
    const std::size_t colon = name.find(':');
    if (colon != std::string::npos)
      line.key.half_operands = static_cast<std::uint32_t>(std::stoul(name.substr(colon + 1)));
    line.key.shader = find_shader(name.substr(0, colon).c_str());
    if (!line.key.shader) throw std::runtime_error("no shader " + name);
    for (std::uint32_t value = 0; line.key.constant_count < GpuDispatch::kMaxConstants && fields >> value;)
      line.key.constants[line.key.constant_count++] = value;
    lines.push_back(line);
  }
  return lines;
}

/// The processor time this program may take from now on; 0: any.
void allow_seconds(int seconds) {
  itimerval limit{};
  limit.it_value.tv_sec = seconds;
  setitimer(ITIMER_PROF, &limit, nullptr);
}

int compile_all(const char* path, int seconds) {
  const std::vector<Line> lines = read_lines(path);
  const Driver driver;
  std::printf("{\"device\": \"%s\", \"statistics\": %s}\n", driver.properties().deviceName,
              driver.has_statistics() ? "true" : "false");
  for (const Line& line : lines) {
    // Compilers may abort; what was being compiled is then the last line.
    std::printf("{\"variant\": \"%s\", ", line.text.c_str());
    std::fflush(stdout);
    if (is_for_halves(line) && !driver.stores_halves()) {
      std::printf("\"passed_over\": true}\n");
      continue;
    }
    allow_seconds(seconds);
    try {
      const VkPipeline pipeline = driver.compile(line.key);
      std::printf("\"executables\": [%s]}\n", driver.statistics(pipeline).c_str());
      driver.destroy(pipeline);
    } catch (const std::exception& error) {
      std::printf("\"error\": \"%s\"}\n", error.what());
    }
  }
  return 0;
}

}  // namespace
}  // namespace betwixt::gpu

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) {
    std::fprintf(stderr, "usage: betwixt_gpu_compile FILE [SECONDS]\n");
    return 2;
  }
  try {
    return betwixt::gpu::compile_all(argv[1], argc == 3 ? std::atoi(argv[2]) : 0);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "betwixt_gpu_compile: %s\n", error.what());
  }
  return 1;
}
