// SPDX-License-Identifier: MIT
#include "tests/ops/support/gpu_probe.h"

#ifndef BETWIXT_NO_VULKAN

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>

#include "betwixt/gpu/detail/embedded_shaders.h"
#include "betwixt/gpu/detail/functions.h"

namespace betwixt::ops_test::gpu_probe {
namespace {

/// A barrier that waits for what comes after it.
struct Pending {
  VkPipelineStageFlags from = 0, to = 0;
  VkMemoryBarrier memory{};
};

struct Recording {
  std::string last = "-";  ///< what was recorded last
  VkPipeline pipeline = VK_NULL_HANDLE;
  std::optional<Pending> pending;
};

struct Probe {
  std::mutex mutex;
  std::shared_ptr<gpu::Loader> loader = gpu::Loader::open();
  std::map<std::string, std::vector<std::uint32_t>> shaders;
  std::size_t exchanged = 0;
  std::map<VkShaderModule, std::string> modules;
  std::map<VkPipeline, std::string> pipelines;
  std::map<VkCommandBuffer, Recording> recordings;
  std::vector<std::string> barriers;
  std::ptrdiff_t leave_out = -1;
};

Probe& probe() {
  static Probe only;
  return only;
}

#define BETWIXT_PROBED(X)     \
  X(vkCreateShaderModule)     \
  X(vkCreateComputePipelines) \
  X(vkBeginCommandBuffer)     \
  X(vkEndCommandBuffer)       \
  X(vkCmdBindPipeline)        \
  X(vkCmdDispatch)            \
  X(vkCmdPipelineBarrier)     \
  X(vkCmdCopyBuffer)          \
  X(vkCmdFillBuffer)

#define BETWIXT_REAL(name) PFN_##name real_##name = nullptr;
BETWIXT_PROBED(BETWIXT_REAL)
#undef BETWIXT_REAL
PFN_vkGetDeviceProcAddr real_device_entry = nullptr;

std::string name_of(const VkShaderModuleCreateInfo& info) {
  for (std::size_t i = 0; i < gpu::kEmbeddedShaderCount; ++i) {
    const gpu::EmbeddedShader& shader = gpu::kEmbeddedShaders[i];
    if (shader.count * 4 == info.codeSize && std::memcmp(shader.words, info.pCode, info.codeSize) == 0)
      return shader.name;
  }
  return "?";
}

VKAPI_ATTR VkResult VKAPI_CALL create_module(VkDevice device, const VkShaderModuleCreateInfo* info,
                                             const VkAllocationCallbacks* memory, VkShaderModule* out) {
  const std::lock_guard<std::mutex> lock(probe().mutex);
  const std::string name = name_of(*info);
  VkShaderModuleCreateInfo asked = *info;
  if (const auto other = probe().shaders.find(name); other != probe().shaders.end()) {
    asked.codeSize = other->second.size() * 4;
    asked.pCode = other->second.data();
    ++probe().exchanged;
  }
  const VkResult result = real_vkCreateShaderModule(device, &asked, memory, out);
  if (result == VK_SUCCESS) probe().modules[*out] = name;
  return result;
}

VKAPI_ATTR VkResult VKAPI_CALL create_pipelines(VkDevice device, VkPipelineCache cache, std::uint32_t count,
                                                const VkComputePipelineCreateInfo* infos,
                                                const VkAllocationCallbacks* memory, VkPipeline* out) {
  const VkResult result = real_vkCreateComputePipelines(device, cache, count, infos, memory, out);
  const std::lock_guard<std::mutex> lock(probe().mutex);
  for (std::uint32_t i = 0; i < count; ++i) probe().pipelines[out[i]] = probe().modules[infos[i].stage.module];
  return result;
}

/// The barrier before `next` comes out, if one is waiting, unless it is the one to be left out.
void settle(VkCommandBuffer commands, const std::string& next) {
  Probe& p = probe();
  Recording& recording = p.recordings[commands];
  if (recording.pending) {
    const Pending& b = *recording.pending;
    const auto index = static_cast<std::ptrdiff_t>(p.barriers.size());
    p.barriers.push_back(recording.last + " > " + next);
    if (index != p.leave_out)
      real_vkCmdPipelineBarrier(commands, b.from, b.to, 0, 1, &b.memory, 0, nullptr, 0, nullptr);
    recording.pending.reset();
  }
  recording.last = next;
}

VKAPI_ATTR VkResult VKAPI_CALL begin_commands(VkCommandBuffer commands, const VkCommandBufferBeginInfo* info) {
  probe().recordings[commands] = {};
  return real_vkBeginCommandBuffer(commands, info);
}

VKAPI_ATTR VkResult VKAPI_CALL end_commands(VkCommandBuffer commands) {
  settle(commands, "-");
  return real_vkEndCommandBuffer(commands);
}

VKAPI_ATTR void VKAPI_CALL bind_pipeline(VkCommandBuffer commands, VkPipelineBindPoint point, VkPipeline pipeline) {
  probe().recordings[commands].pipeline = pipeline;
  real_vkCmdBindPipeline(commands, point, pipeline);
}

VKAPI_ATTR void VKAPI_CALL dispatch(VkCommandBuffer commands, std::uint32_t x, std::uint32_t y, std::uint32_t z) {
  settle(commands, probe().pipelines[probe().recordings[commands].pipeline]);
  real_vkCmdDispatch(commands, x, y, z);
}

VKAPI_ATTR void VKAPI_CALL barrier(VkCommandBuffer commands, VkPipelineStageFlags from, VkPipelineStageFlags to,
                                   VkDependencyFlags, std::uint32_t, const VkMemoryBarrier* memory, std::uint32_t,
                                   const VkBufferMemoryBarrier*, std::uint32_t, const VkImageMemoryBarrier*) {
  const std::string last = probe().recordings[commands].last;
  settle(commands, "barrier");
  probe().recordings[commands].last = last;
  probe().recordings[commands].pending = Pending{from, to, *memory};
}

VKAPI_ATTR void VKAPI_CALL copy_buffer(VkCommandBuffer commands, VkBuffer from, VkBuffer to, std::uint32_t count,
                                       const VkBufferCopy* regions) {
  settle(commands, "transfer");
  real_vkCmdCopyBuffer(commands, from, to, count, regions);
}

VKAPI_ATTR void VKAPI_CALL fill_buffer(VkCommandBuffer commands, VkBuffer buffer, VkDeviceSize offset,
                                       VkDeviceSize bytes, std::uint32_t word) {
  settle(commands, "transfer");
  real_vkCmdFillBuffer(commands, buffer, offset, bytes, word);
}

constexpr auto probed_vkCreateShaderModule = &create_module;
constexpr auto probed_vkCreateComputePipelines = &create_pipelines;
constexpr auto probed_vkBeginCommandBuffer = &begin_commands;
constexpr auto probed_vkEndCommandBuffer = &end_commands;
constexpr auto probed_vkCmdBindPipeline = &bind_pipeline;
constexpr auto probed_vkCmdDispatch = &dispatch;
constexpr auto probed_vkCmdPipelineBarrier = &barrier;
constexpr auto probed_vkCmdCopyBuffer = &copy_buffer;
constexpr auto probed_vkCmdFillBuffer = &fill_buffer;

VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL device_entry(VkDevice device, const char* name) {
  const PFN_vkVoidFunction real = real_device_entry(device, name);
#define BETWIXT_PROBE(function)                                     \
  if (std::strcmp(name, #function) == 0) {                          \
    real_##function = reinterpret_cast<PFN_##function>(real);       \
    return reinterpret_cast<PFN_vkVoidFunction>(probed_##function); \
  }
  BETWIXT_PROBED(BETWIXT_PROBE)
#undef BETWIXT_PROBE
  return real;
}

VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL instance_entry(VkInstance instance, const char* name) {
  const PFN_vkVoidFunction real = probe().loader->entry()(instance, name);
  if (std::strcmp(name, "vkGetDeviceProcAddr") != 0) return real;
  real_device_entry = reinterpret_cast<PFN_vkGetDeviceProcAddr>(real);
  return reinterpret_cast<PFN_vkVoidFunction>(&device_entry);
}

std::vector<std::uint32_t> words_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  std::vector<std::uint32_t> words(bytes.size() / 4);
  std::memcpy(words.data(), bytes.data(), words.size() * 4);
  return words;
}

}  // namespace

void* entry() {
  if (!probe().loader) throw std::runtime_error("there is no Vulkan loader");
  return reinterpret_cast<void*>(&instance_entry);
}

void exchange_shaders(const std::string& folder) {
  for (const auto& file : std::filesystem::directory_iterator(folder))
    if (file.path().extension() == ".spv") probe().shaders[file.path().stem().string()] = words_of(file.path());
  if (probe().shaders.empty()) throw std::runtime_error("no shaders in " + folder);
}

std::size_t exchanged() { return probe().exchanged; }

void restart_barriers(std::ptrdiff_t leave_out) {
  probe().barriers.clear();
  probe().leave_out = leave_out;
}

const std::vector<std::string>& barriers() { return probe().barriers; }

}  // namespace betwixt::ops_test::gpu_probe

#else

#include <stdexcept>

namespace betwixt::ops_test::gpu_probe {

void* entry() { throw std::runtime_error("this build has no Vulkan"); }
void exchange_shaders(const std::string&) {}
std::size_t exchanged() { return 0; }
void restart_barriers(std::ptrdiff_t) {}
const std::vector<std::string>& barriers() {
  static const std::vector<std::string> none;
  return none;
}

}  // namespace betwixt::ops_test::gpu_probe

#endif
