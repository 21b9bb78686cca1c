// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "betwixt/gpu/detail/pipeline.h"

namespace betwixt::gpu {

/// What one binding shows: usually a whole buffer.
struct Binding {
  VkBuffer buffer = VK_NULL_HANDLE;
  std::uint64_t offset = 0;
  std::uint64_t bytes = VK_WHOLE_SIZE;
  friend bool operator==(const Binding&, const Binding&) = default;
  friend auto operator<=>(const Binding&, const Binding&) = default;
};

/// Bindings 0 to 3.
using BufferSet = std::array<Binding, GpuDispatch::kMaxOperands>;

/// One descriptor set per combination of buffers. There are few buffers, so there are few sets, however long a program
/// is.
class DescriptorSets {
 public:
  DescriptorSets() = default;
  DescriptorSets(Context& context, VkDescriptorSetLayout layout, const std::vector<BufferSet>& sets);
  VkDescriptorSet operator[](std::size_t i) const { return sets_[i]; }

 private:
  Owned<VkDescriptorPool> pool_;
  std::vector<VkDescriptorSet> sets_;
};

}  // namespace betwixt::gpu
