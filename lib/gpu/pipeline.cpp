// SPDX-License-Identifier: MIT
#include "betwixt/gpu/detail/pipeline.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <optional>
#include <string_view>
#include <thread>

#include "betwixt/gpu/detail/result.h"

namespace betwixt::gpu {
namespace {

constexpr std::size_t kMostThreads = 8;
constexpr std::size_t kKeysPerThread = 2;
constexpr std::uint32_t kHalfOperandsId = 31;  // of shaders/common/storage.glsl

}  // namespace

const EmbeddedShader* find_shader(const char* name) {
  const EmbeddedShader* end = kEmbeddedShaders + kEmbeddedShaderCount;
  const EmbeddedShader* found =
      std::lower_bound(kEmbeddedShaders, end, std::string_view(name),
                       [](const EmbeddedShader& shader, std::string_view wanted) { return shader.name < wanted; });
  return found != end && std::strcmp(found->name, name) == 0 ? found : nullptr;
}

const EmbeddedShader* find_half_shader(const char* name) { return find_shader((std::string(name) + "_half").c_str()); }

Specialization::Specialization(const PipelineKey& key) {
  const std::uint32_t count = key.constant_count;
  std::copy_n(key.constants.begin(), count, values_.begin());
  for (std::uint32_t i = 0; i < count; ++i) entries_[i] = {i, i * 4, 4};
  values_[count] = key.half_operands;
  entries_[count] = {kHalfOperandsId, count * 4, 4};
  info_.mapEntryCount = key.half_operands ? count + 1 : count;
  info_.pMapEntries = entries_.data();
  info_.dataSize = info_.mapEntryCount * sizeof(std::uint32_t);
  info_.pData = values_.data();
}

std::shared_ptr<Pipelines> Pipelines::create(std::shared_ptr<Context> context) {
  std::shared_ptr<Pipelines> pipelines(new Pipelines(std::move(context)));
  pipelines->make_layouts();
  pipelines->make_cache();
  return pipelines;
}

Pipelines::~Pipelines() = default;

FileSystem& Pipelines::files() const {
  return context_->options().files ? *context_->options().files : default_file_system();
}

void Pipelines::make_layouts() {
  Context& c = *context_;
  std::array<VkDescriptorSetLayoutBinding, GpuDispatch::kMaxOperands> bindings{};
  for (std::uint32_t i = 0; i < bindings.size(); ++i) {
    bindings[i].binding = i;
    bindings[i].descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    bindings[i].descriptorCount = 1;
    bindings[i].stageFlags = VK_SHADER_STAGE_COMPUTE_BIT;
  }
  VkDescriptorSetLayoutCreateInfo set_info{};
  set_info.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO;
  set_info.bindingCount = static_cast<std::uint32_t>(bindings.size());
  set_info.pBindings = bindings.data();
  VkDescriptorSetLayout set_layout = VK_NULL_HANDLE;
  c.check(c.vk().vkCreateDescriptorSetLayout(c.device(), &set_info, nullptr, &set_layout),
          "vkCreateDescriptorSetLayout");
  set_layout_ = {c.device(), set_layout, c.vk().vkDestroyDescriptorSetLayout};

  const VkPushConstantRange push{VK_SHADER_STAGE_COMPUTE_BIT, 0, kPushBytes};
  VkPipelineLayoutCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO;
  info.setLayoutCount = 1;
  info.pSetLayouts = &set_layout;
  info.pushConstantRangeCount = 1;
  info.pPushConstantRanges = &push;
  VkPipelineLayout layout = VK_NULL_HANDLE;
  c.check(c.vk().vkCreatePipelineLayout(c.device(), &info, nullptr, &layout), "vkCreatePipelineLayout");
  layout_ = {c.device(), layout, c.vk().vkDestroyPipelineLayout};
}

void Pipelines::make_cache() {
  Context& c = *context_;
  if (c.physical().quirks.no_pipeline_cache) return;
  Memory file;
  VkPipelineCacheCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO;
  if (!c.options().cache_path.empty()) {
    file = load_cache_file(files(), c.options().cache_path);
    if (const auto payload = decode_cache(cache_identity(c.physical()), {file.data(), file.size()})) {
      info.initialDataSize = payload->size();
      info.pInitialData = payload->data();
      c.counters().cache_accepted = true;
    }
  }
  VkPipelineCache cache = VK_NULL_HANDLE;
  c.check(c.vk().vkCreatePipelineCache(c.device(), &info, nullptr, &cache), "vkCreatePipelineCache");
  cache_ = {c.device(), cache, c.vk().vkDestroyPipelineCache};
}

// A cache that cannot be written costs time at the next start and nothing else.
void Pipelines::save_cache() noexcept {
  Context& c = *context_;
  if (!cache_ || c.options().cache_path.empty()) return;
  try {
    std::size_t bytes = 0;
    if (c.vk().vkGetPipelineCacheData(c.device(), cache_.get(), &bytes, nullptr) != VK_SUCCESS) return;
    std::vector<std::byte> payload(bytes);
    if (c.vk().vkGetPipelineCacheData(c.device(), cache_.get(), &bytes, payload.data()) != VK_SUCCESS) return;
    payload.resize(bytes);
    write_file_atomically(files(), c.options().cache_path, encode_cache(cache_identity(c.physical()), payload));
  } catch (const std::exception&) {
  }
}

void Pipelines::prepare(std::span<const PipelineKey> keys) {
  std::vector<const PipelineKey*> missing;
  for (const PipelineKey& key : keys)
    if (!pipelines_.count(key)) missing.push_back(&key);
  if (missing.empty()) return;
  std::vector<Owned<VkPipeline>> made(missing.size());
  std::vector<std::optional<Error>> errors(missing.size());
  std::atomic<std::size_t> next{0};
  auto work = [&] {
    for (std::size_t i = next++; i < missing.size(); i = next++) {
      try {
        made[i] = make(*missing[i]);
      } catch (const Error& error) {
        errors[i] = error;
      }
    }
  };
  const std::size_t cores = std::max<std::size_t>(1, std::thread::hardware_concurrency());
  const std::size_t threads = std::min({kMostThreads, cores, missing.size() / kKeysPerThread});
  std::vector<std::thread> workers;
  try {
    for (std::size_t i = 1; i < threads; ++i) workers.emplace_back(work);
  } catch (const std::exception&) {
    // Fewer threads than wished for do as well.
  }
  work();
  for (std::thread& worker : workers) worker.join();
  for (const std::optional<Error>& error : errors)
    if (error) context_->raise(*error);
  for (std::size_t i = 0; i < missing.size(); ++i) pipelines_.emplace(*missing[i], std::move(made[i]));
  context_->counters().pipelines += missing.size();
  save_cache();
}

Owned<VkPipeline> Pipelines::make(const PipelineKey& key) {
  const Functions& vk = context_->vk();
  VkShaderModuleCreateInfo module_info{};
  module_info.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO;
  module_info.codeSize = key.shader->count * sizeof(std::uint32_t);
  module_info.pCode = key.shader->words;
  VkShaderModule module_handle = VK_NULL_HANDLE;
  check(vk.vkCreateShaderModule(context_->device(), &module_info, nullptr, &module_handle), "vkCreateShaderModule");
  const Owned<VkShaderModule> shader_module(context_->device(), module_handle, vk.vkDestroyShaderModule);

  const Specialization constants(key);

  VkComputePipelineCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO;
  info.stage.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO;
  info.stage.stage = VK_SHADER_STAGE_COMPUTE_BIT;
  info.stage.module = shader_module.get();
  info.stage.pName = "main";
  info.stage.pSpecializationInfo = &constants.info();
  info.layout = layout_.get();
  VkPipeline pipeline = VK_NULL_HANDLE;
  const VkResult result = vk.vkCreateComputePipelines(context_->device(), cache_.get(), 1, &info, nullptr, &pipeline);
  if (result != VK_SUCCESS)
    throw result_error(result, "vkCreateComputePipelines").in((std::string("shader ") + key.shader->name).c_str());
  return {context_->device(), pipeline, vk.vkDestroyPipeline};
}

}  // namespace betwixt::gpu
