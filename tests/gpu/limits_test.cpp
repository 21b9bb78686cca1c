// SPDX-License-Identifier: MIT
#include <bit>
#include <cmath>

#include "betwixt/gpu/detail/memory.h"
#include "betwixt/gpu/detail/quirks.h"
#include "betwixt/ops/reduce.h"
#include "tests/gpu/fault_table.h"
#include "tests/gpu/gpu_support.h"

namespace betwixt::test_gpu {
namespace {

class GpuLimitsTest : public GpuTest {};

VulkanOptions floor_options() {
  VulkanOptions options;
  options.limits = GpuLimits{};
  options.buffer_bytes = std::uint64_t{1} << 27;
  return options;
}

TEST_F(GpuLimitsTest, TheVulkanMinimumComputesTheSame) {
  EXPECT_EQ(run_busy(device(floor_options()), 70001, 3), run_busy(device(), 70001, 3));
}

TEST_F(GpuLimitsTest, LargeDispatchesAreFoldedAndTooLargeOnesRefused) {
  VulkanOptions options;
  options.limits = GpuLimits{.max_groups = 3};
  const Device gpu = device(options);
  const Device cpu = cpu_device();
  for (const std::int64_t count : {3 * 64 - 1, 3 * 64, 3 * 64 + 1, 9 * 64 - 1, 9 * 64}) {
    auto result = [&](const Device& on) {
      const State state = ramp_state(on, count);
      Program program(on, {detail::self_test_step(read(state), {.key = 5})[1]});
      program.run();
      return program.values<std::uint32_t>();
    };
    EXPECT_EQ(result(gpu), result(cpu)) << count;
  }
  const State state = ramp_state(gpu, 9 * 64 + 1);
  EXPECT_EQ(code_of([&] { Program program(gpu, {detail::self_test_step(read(state), {})[0]}); }), ErrorCode::kLimit);
}

// A grid of two axes may hold whole workgroups without work, which must keep away from memory behind the result.
TEST_F(GpuLimitsTest, WorkgroupsWithoutWorkWriteNothing) {
  VulkanOptions options;
  options.limits = GpuLimits{.max_groups = 7};
  const Device gpu = device(options);
  const State x(gpu, "x", {Shape{350, 17}, DType::kF32});
  x.write(ramp(350 * 17));
  const State sums(gpu, "sums", {Shape{350}, DType::kF32});
  const State behind(gpu, "behind", {Shape{1000}, DType::kF32});
  behind.write(ramp(1000));
  Program program(gpu, {assign(sums, sum(read(x), {1}))});
  program.run();
  EXPECT_EQ(behind.values<float>(), ramp(1000));
  const std::vector<float> numbers = ramp(350 * 17);
  const std::vector<float> found = sums.values<float>();
  for (std::size_t i = 0; i < found.size(); ++i) {
    double expected = 0;
    for (std::size_t k = 0; k < 17; ++k) expected += static_cast<double>(numbers[i * 17 + k]);
    EXPECT_NEAR(found[i], expected, 1e-5 * std::abs(expected) + 1e-5) << i;
  }
}

TEST_F(GpuLimitsTest, BuffersEndAtTheRangeLimit) {
  VulkanOptions options;
  options.buffer_bytes = 1 << 20;
  const Device gpu = device(options);
  const std::int64_t most = (1 << 20) / 4;
  for (const std::int64_t count : {most - 1, most}) {
    const State state = ramp_state(gpu, count);
    Program program(gpu, {raw_dispatch(read(state), {.groups = static_cast<std::uint32_t>((count + 63) / 64)})});
    program.run();
    EXPECT_EQ(program.values<float>(), ramp(count));
  }
  EXPECT_EQ(code_of([&] { State state(gpu, "too big", {Shape{most + 1}, DType::kF32}); }), ErrorCode::kLimit);
  EXPECT_EQ(code_of([&] { Program program(gpu, {through_scratch(counting_constant(most + 1))}); }), ErrorCode::kLimit);
}

TEST_F(GpuLimitsTest, DispatchesAboveTheLimitsAreRefusedByName) {
  const Device gpu = device(floor_options());
  const State state = ramp_state(gpu, 256);
  EXPECT_EQ(code_of([&] { Program program(gpu, {raw_dispatch(read(state), {.invocations = 128, .groups = 2})}); }),
            ErrorCode::kOk);
  EXPECT_EQ(code_of([&] { Program program(gpu, {raw_dispatch(read(state), {.invocations = 129, .groups = 2})}); }),
            ErrorCode::kInternal);
  EXPECT_EQ(code_of([&] { Program program(gpu, {raw_dispatch(read(state), {.groups = 65536})}); }),
            ErrorCode::kInternal);
}

// Some PowerVR drivers corrupt memory that one tensor leaves to another.
TEST_F(GpuLimitsTest, ADeviceThatMishandlesRecycledMemoryGetsMemoryForEveryTensor) {
  FaultTable table;
  VulkanOptions options;
  options.get_instance_proc_address = table.entry();
  const auto bytes = [&](const PlanOptions& plan) {
    const Device gpu = vulkan_device(options);
    const State state = ramp_state(gpu, 5000);
    return Program::plan_bytes(gpu, busy_outputs(state), plan);
  };
  const std::size_t usual = bytes({});
  const std::size_t apart = bytes({.alias = false});
  EXPECT_LT(usual, apart);
  constexpr std::uint32_t kPowerVr = 0x1010;
  table.claim_vendor(kPowerVr);
  EXPECT_EQ(bytes({}), apart);
  EXPECT_EQ(run_busy(vulkan_device(options), 5000, 4), run_busy(vulkan_device(), 5000, 4));
}

VkPhysicalDeviceMemoryProperties memory_of(std::vector<std::pair<VkMemoryPropertyFlags, std::uint32_t>> types,
                                           std::vector<std::uint64_t> heaps) {
  VkPhysicalDeviceMemoryProperties memory{};
  for (const auto& [flags, heap] : types) memory.memoryTypes[memory.memoryTypeCount++] = {flags, heap};
  for (const std::uint64_t size : heaps) memory.memoryHeaps[memory.memoryHeapCount++].size = size;
  return memory;
}

constexpr VkMemoryPropertyFlags kLocal = VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT;
constexpr VkMemoryPropertyFlags kHost = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
constexpr VkMemoryPropertyFlags kCached = kHost | VK_MEMORY_PROPERTY_HOST_CACHED_BIT;

TEST(GpuMemoryTypes, ADiscreteCardKeepsStatesInItsOwnMemory) {
  using gpu::MemoryUse;
  const auto memory = memory_of({{kLocal, 0}, {kHost, 1}, {kCached, 1}, {kLocal | kHost, 2}},
                                {std::uint64_t{8} << 30, std::uint64_t{16} << 30, std::uint64_t{256} << 20});
  EXPECT_EQ(gpu::memory_types(memory, MemoryUse::kArena, 15).at(0), 0u);
  EXPECT_EQ(gpu::memory_types(memory, MemoryUse::kState, 15).at(0), 0u);
  EXPECT_EQ(gpu::memory_types(memory, MemoryUse::kStaging, 15).at(0), 2u);
  EXPECT_EQ(gpu::memory_types(memory, MemoryUse::kState, 14).at(0), 1u);
}

TEST(GpuMemoryTypes, SharedMemoryIsMapped) {
  using gpu::MemoryUse;
  const auto memory = memory_of({{kLocal, 0}, {kLocal | kHost, 0}, {kLocal | kCached, 0}}, {std::uint64_t{4} << 30});
  EXPECT_EQ(gpu::memory_types(memory, MemoryUse::kArena, 7).at(0), 0u);
  EXPECT_EQ(gpu::memory_types(memory, MemoryUse::kState, 7).at(0), 1u);
  EXPECT_EQ(gpu::memory_types(memory, MemoryUse::kStaging, 7).at(0), 2u);
}

TEST(GpuMemoryTypes, OnlyCachedMemoryThatIsNotCoherentStillServesStaging) {
  const VkMemoryPropertyFlags odd = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_CACHED_BIT;
  const auto memory = memory_of({{kLocal | kHost, 0}, {kLocal | odd, 0}}, {1u << 30});
  EXPECT_EQ(gpu::memory_types(memory, gpu::MemoryUse::kStaging, 3).at(0), 1u);
  EXPECT_TRUE(gpu::memory_types(memory, gpu::MemoryUse::kState, 0).empty());
}

TEST(GpuQuirks, EveryRowSaysWhatItIsAndAppliesToItsDevice) {
  for (const gpu::QuirkRow& row : gpu::quirk_table()) {
    EXPECT_GT(std::string(row.symptom).size(), 10u);
    EXPECT_GT(std::string(row.source).size(), 5u);
    VkPhysicalDeviceProperties properties{};
    properties.vendorID = row.vendor;
    properties.apiVersion = row.below_api ? row.below_api - 1 : VK_API_VERSION_1_3;
    if (row.name) std::string(row.name).copy(properties.deviceName, sizeof(properties.deviceName) - 1);
    const gpu::Quirks found = gpu::find_quirks(properties, row.driver);
    EXPECT_TRUE(!row.quirks.no_pipeline_cache || found.no_pipeline_cache);
    EXPECT_TRUE(!row.quirks.no_storage_16bit || found.no_storage_16bit);
    EXPECT_TRUE(!row.quirks.no_subgroups || found.no_subgroups);
    EXPECT_TRUE(!row.quirks.few_registers || found.few_registers);
  }
  const gpu::Quirks none = gpu::find_quirks({}, VK_DRIVER_ID_MESA_LLVMPIPE);
  EXPECT_FALSE(none.no_pipeline_cache || none.no_storage_16bit || none.no_subgroups || none.few_registers);
  EXPECT_EQ(none.submit_milliseconds, 0);
}

}  // namespace
}  // namespace betwixt::test_gpu
