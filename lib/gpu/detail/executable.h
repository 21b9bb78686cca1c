// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "betwixt/gpu/detail/emit.h"
#include "betwixt/gpu/detail/variant_tests.h"

namespace betwixt::gpu {

/// What all programs and states of one device share.
struct DeviceParts {
  std::shared_ptr<Context> context;
  std::shared_ptr<Staging> staging;
  std::shared_ptr<StoragePool> pool;
  std::shared_ptr<Pipelines> pipelines;
  std::shared_ptr<VariantTests> tests;
  std::shared_ptr<std::vector<VulkanTiming>> timings;
};

/// A plan as pre-recorded command buffers. A step is one of them, or several when it is long; several steps go into one
/// submission when they are short. Two submissions are under way at a time.
class VulkanExecutable final : public Executable {
 public:
  VulkanExecutable(DeviceParts parts, Plan plan);
  ~VulkanExecutable() override;

  RunResult run(std::int64_t steps, double milliseconds, const std::atomic<bool>* stop) override;
  void read_output(int index, std::span<std::byte> into) override;

 private:
  /// A submission under way.
  struct Flight {
    Owned<VkFence> fence;
    bool pending = false;
    std::size_t span = 0;
    std::int64_t steps = 0;
    std::int64_t submitted = 0;  ///< time
  };

  struct Abandoned;

  void abandon();
  void make_arenas();
  BufferRange locate(const Range& range) const;
  void record(const GpuLimits& limits);
  bool scratch_fits(const GpuLimits& limits) const;
  void prepare_pipelines();
  void run_setup();
  void record_command_buffers();
  void record_span(VkCommandBuffer commands, const Span& span);
  EmitParts emit_parts() const { return {context_, *parts_.pipelines, sets_, recording_}; }
  void submit_steps(std::int64_t steps);
  void submit_span(std::size_t span, std::int64_t steps);
  void finish(Flight& flight);
  void finish_all();
  double pending_milliseconds() const;

  DeviceParts parts_;
  Context& context_;
  Plan plan_;
  std::vector<std::unique_ptr<Buffer>> arenas_;
  Recording recording_;
  DescriptorSets sets_;
  std::unique_ptr<TimingQueries> queries_;
  Schedule schedule_;
  std::vector<Span> spans_;  ///< as recorded
  Owned<VkCommandPool> pool_;
  std::vector<VkCommandBuffer> span_commands_;
  VkCommandBuffer end_commands_ = VK_NULL_HANDLE;
  std::vector<VkCommandBuffer> submission_;
  std::array<Flight, 2> flights_;
  std::size_t next_flight_ = 0;
  bool respan_ = false;        ///< the schedule has new spans
  std::int64_t last_end_ = 0;  ///< time
};

}  // namespace betwixt::gpu
