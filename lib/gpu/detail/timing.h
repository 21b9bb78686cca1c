// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <vector>

#include "betwixt/gpu/detail/recorder.h"

namespace betwixt::gpu {

/// Timestamps around every dispatch of a step.
class TimingQueries {
 public:
  /// Null unless the options ask for it and the device can.
  static std::unique_ptr<TimingQueries> create(Context& context, std::size_t dispatches);

  /// To be recorded at the start of a step, and after dispatch `index`.
  void begin(Context& context, VkCommandBuffer commands) const;
  void after(Context& context, VkCommandBuffer commands, std::size_t index) const;
  /// Of the last step that ended.
  std::vector<VulkanTiming> read(Context& context, const Recording& recording) const;

 private:
  Owned<VkQueryPool> pool_;
  std::uint32_t count_ = 0;
};

}  // namespace betwixt::gpu
