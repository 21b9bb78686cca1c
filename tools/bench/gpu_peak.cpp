// SPDX-License-Identifier: MIT
#include "gpu_peak.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <vector>

#include "betwixt/core/clock.h"
#include "betwixt/gpu/detail/buffer.h"
#include "betwixt/gpu/detail/descriptors.h"
#include "betwixt/gpu/detail/pipeline.h"

namespace betwixt::bench {
namespace {

constexpr std::uint32_t kMultiplyAddWords[] = {
#include "peak_multiply_add.inc"
};
constexpr std::uint32_t kCopyWords[] = {
#include "peak_copy.inc"
};
constexpr gpu::EmbeddedShader kMultiplyAdd{"peak_multiply_add", kMultiplyAddWords, std::size(kMultiplyAddWords)};
constexpr gpu::EmbeddedShader kCopy{"peak_copy", kCopyWords, std::size(kCopyWords)};

constexpr std::uint32_t kLocal = 128;
constexpr std::uint32_t kRounds = 4096;
constexpr double kOperationsPerRound = 64;  // 8 vectors of 4, two operations each
constexpr std::uint32_t kTinyDispatches = 500;
constexpr int kRepeats = 12;

gpu::PipelineKey key_of(const gpu::EmbeddedShader& shader) {
  gpu::PipelineKey key;
  key.shader = &shader;
  key.constants[0] = kLocal;
  key.constant_count = 1;
  return key;
}

using Push = std::array<std::uint32_t, gpu::Pipelines::kPushBytes / 4>;

/// A device with both shaders and two buffers.
class Bench {
 public:
  explicit Bench(const std::string& name) {
    VulkanOptions options;
    options.name = name;
    context_ = gpu::Context::create(options);
    pipelines_ = gpu::Pipelines::create(context_);
    pipelines_->prepare(std::array{key_of(kMultiplyAdd), key_of(kCopy)});
    const std::uint64_t wanted = std::uint64_t{context_->software() ? 32u : 512u} << 20;
    bytes_ = std::min(wanted, context_->max_buffer()) & ~std::uint64_t{4095};
    for (auto& buffer : buffers_) buffer = gpu::Buffer::create(context_, bytes_, gpu::MemoryUse::kArena);
    gpu::BufferSet set{};
    for (std::size_t i = 0; i < set.size(); ++i) set[i].buffer = buffers_[i % 2]->handle();
    sets_ = gpu::DescriptorSets(*context_, pipelines_->set_layout(), {set});
    make_queries();
  }

  std::uint64_t bytes() const { return bytes_; }
  std::uint32_t cores() const { return context_->limits().cores; }
  bool software() const { return context_->software(); }

  /// Shortest of several runs of `times` dispatches, each behind a barrier, in seconds.
  double fastest(const gpu::EmbeddedShader& shader, const Push& push, std::uint64_t groups, std::uint32_t times) {
    double best = 1e30;
    for (int i = 0; i < kRepeats; ++i) best = std::min(best, run(shader, push, groups, times));
    return best;
  }

 private:
  void make_queries() {
    if (context_->physical().timestamp_bits == 0) return;
    VkQueryPoolCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO;
    info.queryType = VK_QUERY_TYPE_TIMESTAMP;
    info.queryCount = 2;
    VkQueryPool pool = VK_NULL_HANDLE;
    context_->check(context_->vk().vkCreateQueryPool(context_->device(), &info, nullptr, &pool), "vkCreateQueryPool");
    queries_ = {context_->device(), pool, context_->vk().vkDestroyQueryPool};
  }

  void stamp(VkCommandBuffer commands, std::uint32_t query) {
    if (queries_)
      context_->vk().vkCmdWriteTimestamp(commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, queries_.get(), query);
  }

  double run(const gpu::EmbeddedShader& shader, const Push& push, std::uint64_t groups, std::uint32_t times) {
    const gpu::Functions& vk = context_->vk();
    Stopwatch watch(context_->clock());
    context_->run_once([&](VkCommandBuffer commands) {
      if (queries_) vk.vkCmdResetQueryPool(commands, queries_.get(), 0, 2);
      const VkDescriptorSet set = sets_[0];
      vk.vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipelines_->get(key_of(shader)));
      vk.vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipelines_->layout(), 0, 1, &set, 0,
                                 nullptr);
      vk.vkCmdPushConstants(commands, pipelines_->layout(), VK_SHADER_STAGE_COMPUTE_BIT, 0, sizeof(push), push.data());
      stamp(commands, 0);
      const auto width = static_cast<std::uint32_t>(std::min<std::uint64_t>(groups, 32768));
      const auto height = static_cast<std::uint32_t>((groups + width - 1) / width);
      for (std::uint32_t i = 0; i < times; ++i) {
        if (i) gpu::compute_barrier(vk, commands);
        vk.vkCmdDispatch(commands, width, height, 1);
      }
      stamp(commands, 1);
    });
    const double wall = watch.seconds();
    return queries_ ? device_seconds() : wall;
  }

  double device_seconds() {
    std::array<std::uint64_t, 2> ticks{};
    context_->check(context_->vk().vkGetQueryPoolResults(context_->device(), queries_.get(), 0, 2, sizeof(ticks),
                                                         ticks.data(), sizeof(ticks[0]), VK_QUERY_RESULT_64_BIT),
                    "vkGetQueryPoolResults");
    const std::uint32_t bits = context_->physical().timestamp_bits;
    const std::uint64_t mask = bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
    const double period = static_cast<double>(context_->physical().properties.limits.timestampPeriod) * 1e-9;
    return static_cast<double>((ticks[1] - ticks[0]) & mask) * period;
  }

  std::shared_ptr<gpu::Context> context_;
  std::shared_ptr<gpu::Pipelines> pipelines_;
  std::array<std::unique_ptr<gpu::Buffer>, 2> buffers_;
  gpu::DescriptorSets sets_;
  gpu::Owned<VkQueryPool> queries_;
  std::uint64_t bytes_ = 0;
};

Push words(std::initializer_list<std::uint32_t> own) {
  Push push{};
  std::copy(own.begin(), own.end(), push.begin() + GpuDispatch::kMaxOperands);
  return push;
}

double peak_gflops(Bench& bench) {
  const std::uint64_t groups = std::uint64_t{bench.cores()} * (bench.software() ? 1 : 64);
  const std::uint32_t rounds = bench.software() ? kRounds / 8 : kRounds;
  const float factor = 0.5f;
  std::uint32_t bits = 0;
  std::memcpy(&bits, &factor, sizeof(bits));
  const double seconds = bench.fastest(kMultiplyAdd, words({rounds, bits}), groups, 1);
  return 1e-9 * kOperationsPerRound * rounds * kLocal * static_cast<double>(groups) / seconds;
}

}  // namespace

GpuPeak measure_gpu_peak(const std::string& name) {
  Bench bench(name);
  GpuPeak peak;
  peak.gflops = peak_gflops(bench);
  const std::uint64_t count = bench.bytes() / 16;
  const double copy =
      bench.fastest(kCopy, words({static_cast<std::uint32_t>(count)}), (count + kLocal - 1) / kLocal, 1);
  peak.copy_gbs = 2e-9 * static_cast<double>(bench.bytes()) / copy;
  peak.dispatch_us = 1e6 * bench.fastest(kCopy, words({64}), 1, kTinyDispatches) / kTinyDispatches;
  return peak;
}

}  // namespace betwixt::bench
