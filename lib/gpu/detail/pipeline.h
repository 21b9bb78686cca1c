// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <map>
#include <memory>
#include <span>
#include <tuple>
#include <vector>

#include "betwixt/gpu/detail/context.h"
#include "betwixt/gpu/detail/embedded_shaders.h"
#include "betwixt/gpu/detail/pipeline_cache.h"

namespace betwixt::gpu {

/// A shader with its specialisation constants.
struct PipelineKey {
  const EmbeddedShader* shader = nullptr;
  std::array<std::uint32_t, GpuDispatch::kMaxConstants> constants{};
  std::uint32_t constant_count = 0;
  std::uint32_t half_operands = 0;  ///< bit i: slot i holds halves (shaders/common/storage.glsl)

  friend bool operator==(const PipelineKey&, const PipelineKey&) = default;
  // Not operator<=>: libc++ has none for std::array before version 17.
  friend bool operator<(const PipelineKey& a, const PipelineKey& b) {
    return std::tie(a.shader, a.constants, a.constant_count, a.half_operands) <
           std::tie(b.shader, b.constants, b.constant_count, b.half_operands);
  }
};

/// A key's constants as Vulkan wants them. Points into itself.
class Specialization {
 public:
  explicit Specialization(const PipelineKey& key);
  Specialization(const Specialization&) = delete;
  Specialization& operator=(const Specialization&) = delete;

  const VkSpecializationInfo& info() const { return info_; }

 private:
  static constexpr std::size_t kMost = GpuDispatch::kMaxConstants + 1;
  std::array<VkSpecializationMapEntry, kMost> entries_{};
  std::array<std::uint32_t, kMost> values_{};
  VkSpecializationInfo info_{};
};

/// Null when there is no shader of that name.
const EmbeddedShader* find_shader(const char* name);
/// Its variant for operands in halves; null when it has none.
const EmbeddedShader* find_half_shader(const char* name);

/// The pipelines of a device. All share one layout: four storage buffers in set 0 and 128 bytes of push constants.
class Pipelines {
 public:
  static constexpr std::uint32_t kPushBytes = 128;

  static std::shared_ptr<Pipelines> create(std::shared_ptr<Context> context);
  ~Pipelines();
  Pipelines(const Pipelines&) = delete;
  Pipelines& operator=(const Pipelines&) = delete;

  VkPipelineLayout layout() const { return layout_.get(); }
  VkDescriptorSetLayout set_layout() const { return set_layout_.get(); }

  /// Makes what is missing, several at a time, and writes the cache file when that was anything. The error of a
  /// pipeline that cannot be made names its shader.
  void prepare(std::span<const PipelineKey> keys);
  /// Of a prepared key.
  VkPipeline get(const PipelineKey& key) const { return pipelines_.at(key).get(); }

 private:
  explicit Pipelines(std::shared_ptr<Context> context) : context_(std::move(context)) {}
  void make_layouts();
  void make_cache();
  void save_cache() noexcept;
  Owned<VkPipeline> make(const PipelineKey& key);
  FileSystem& files() const;

  std::shared_ptr<Context> context_;
  Owned<VkDescriptorSetLayout> set_layout_;
  Owned<VkPipelineLayout> layout_;
  Owned<VkPipelineCache> cache_;
  std::map<PipelineKey, Owned<VkPipeline>> pipelines_;
};

}  // namespace betwixt::gpu
