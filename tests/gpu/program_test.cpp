// SPDX-License-Identifier: MIT
#include "betwixt/tensor/program.h"

#include <atomic>
#include <bit>
#include <cmath>
#include <limits>

#include "tests/gpu/gpu_support.h"
#include "tests/support/manual_clock.h"

namespace betwixt::test_gpu {
namespace {

class GpuProgram : public GpuTest {};

TEST_F(GpuProgram, StatesStartAsZerosAndKeepWhatIsWritten) {
  const Device gpu = device();
  const State small(gpu, "small", {Shape{3}, DType::kU8});
  EXPECT_EQ(small.values<std::uint8_t>(), (std::vector<std::uint8_t>{0, 0, 0}));
  small.write(std::vector<std::uint8_t>{1, 2, 3});
  const State big = ramp_state(gpu, 3000000);
  EXPECT_EQ(big.values<float>(), ramp(3000000));
  EXPECT_EQ(small.values<std::uint8_t>(), (std::vector<std::uint8_t>{1, 2, 3}));
}

TEST_F(GpuProgram, MemoryOfReleasedStatesIsGivenBackAndZeroedAgain) {
  const Device gpu = device();
  const std::uint64_t before = vulkan_counters(gpu).memory_bytes;
  for (int i = 0; i < 20; ++i) {
    const State state = ramp_state(gpu, 100000);
    const State other(gpu, "other", {Shape{100000}, DType::kF32});
    EXPECT_EQ(other.values<float>(), std::vector<float>(100000, 0.0f));
    other.write(ramp(100000));
  }
  EXPECT_EQ(vulkan_counters(gpu).memory_bytes, before);
}

TEST_F(GpuProgram, AgreesWithTheCpu) {
  const Device gpu = device();
  const Device cpu = cpu_device();
  for (const std::int64_t count : {17, 64, 1000, 70001}) {
    const std::vector<std::uint32_t> right = run_busy(cpu, count, 4);
    const std::vector<std::uint32_t> found = run_busy(gpu, count, 4);
    ASSERT_EQ(right.size(), found.size());
    const auto floats = static_cast<std::size_t>(count - 16);
    const auto sums = static_cast<std::size_t>((count - 16 + 63) / 64);
    for (std::size_t i = 0; i < right.size(); ++i) {
      if (i >= floats && i < floats + sums)
        ASSERT_EQ(right[i], found[i]) << "sum " << i - floats;
      else
        ASSERT_NEAR(std::bit_cast<float>(right[i]), std::bit_cast<float>(found[i]), 1e-5) << "element " << i;
    }
  }
}

TEST_F(GpuProgram, SameBitsWithAndWithoutAliasingAndTwice) {
  VulkanOptions poison;
  poison.arena_fill = std::bit_cast<std::uint32_t>(std::numeric_limits<float>::quiet_NaN());
  const Device gpu = device(poison);
  const std::vector<std::uint32_t> first = run_busy(gpu, 5003, 9);
  EXPECT_EQ(first, run_busy(gpu, 5003, 9));
  EXPECT_EQ(first, run_busy(gpu, 5003, 9, {.alias = false}));
  EXPECT_EQ(first, run_busy(device(), 5003, 9));
}

// On a clock of the test's own, because how much goes into a submission depends on the time that steps take.
TEST_F(GpuProgram, ManyStepsNeedFewSubmissions) {
  test_support::ManualClock clock(1000);
  VulkanOptions options;
  options.clock = &clock;
  const Device gpu = device(options);
  const State state = ramp_state(gpu, 64);
  Program program(gpu, busy_outputs(state));
  program.run(10);
  const std::uint64_t before = vulkan_counters(gpu).submissions;
  const RunResult result = program.run(640);
  EXPECT_EQ(result.steps, 640);
  EXPECT_FALSE(result.stopped);
  EXPECT_LT(vulkan_counters(gpu).submissions - before, 320u);
}

TEST_F(GpuProgram, SplittingARunChangesNothing) {
  const Device gpu = device();
  const State once = ramp_state(gpu, 777, "once");
  Program whole(gpu, busy_outputs(once));
  whole.run(50);
  const State pieces = ramp_state(gpu, 777, "pieces");
  Program parts(gpu, busy_outputs(pieces));
  for (const std::int64_t steps : {1, 2, 30, 0, 17}) parts.run(steps);
  EXPECT_EQ(busy_results(whole, once), busy_results(parts, pieces));
}

TEST_F(GpuProgram, RunForEndsInTimeAfterWholeSteps) {
  test_support::ManualClock clock(test_support::kMillisecond);
  VulkanOptions options;
  options.clock = &clock;
  const Device gpu = device(options);
  const State state = ramp_state(gpu, 100000);
  Program program(gpu, busy_outputs(state));
  const RunResult first = program.run_for(1e-3);
  EXPECT_EQ(first.steps, 1);
  const RunResult result = program.run_for(60);
  EXPECT_GE(result.steps, 1);
  EXPECT_LT(result.milliseconds, 1000);
  const State twin = ramp_state(gpu, 100000, "twin");
  Program again(gpu, busy_outputs(twin));
  again.run(first.steps + result.steps);
  EXPECT_EQ(busy_results(program, state), busy_results(again, twin));
}

/// Sets a flag when it has been looked at so often: a moment in the middle of a run, on any machine.
class StoppingClock final : public Clock {
 public:
  explicit StoppingClock(std::atomic<bool>& stop) : stop_(stop) {}
  std::int64_t now() noexcept override {
    if (looks_left_ > 0 && --looks_left_ == 0) {
      stop_ = true;
      submissions_ = vulkan_counters(*device_).submissions;
    }
    return default_clock().now();
  }
  void stop_after(int looks, const Device& device) {
    device_ = &device;
    looks_left_ = looks;
  }
  /// Submissions that the device had made when the flag was set.
  std::uint64_t submissions() const { return submissions_; }

 private:
  std::atomic<bool>& stop_;
  const Device* device_ = nullptr;
  std::atomic<int> looks_left_{0};
  std::uint64_t submissions_ = 0;
};

TEST_F(GpuProgram, StopFlagEndsARunBetweenSteps) {
  constexpr std::int64_t kMany = 100000000;
  std::atomic<bool> stop{true};
  StoppingClock clock(stop);
  VulkanOptions options;
  options.clock = &clock;
  const Device gpu = device(options);
  const State state = ramp_state(gpu, 4096);
  Program program(gpu, busy_outputs(state));
  EXPECT_EQ(program.run(100, &stop).steps, 0);
  EXPECT_TRUE(program.run(100, &stop).stopped);
  stop = false;
  clock.stop_after(50, gpu);
  const RunResult result = program.run(kMany, &stop);
  EXPECT_TRUE(result.stopped);
  EXPECT_GT(result.steps, 0);
  EXPECT_LT(result.steps, kMany);
  // What was about to go to the device when the flag was set, and nothing more.
  EXPECT_LE(vulkan_counters(gpu).submissions, clock.submissions() + 1);
  const State twin = ramp_state(gpu, 4096, "twin");
  Program again(gpu, busy_outputs(twin));
  again.run(result.steps);
  EXPECT_EQ(busy_results(program, state), busy_results(again, twin));
}

TEST_F(GpuProgram, MemoryLimitIsRefusedBeforeAnythingIsAllocated) {
  const Device gpu = device();
  const State state = ramp_state(gpu, 1000);
  const std::uint64_t before = vulkan_counters(gpu).memory_bytes;
  EXPECT_EQ(code_of([&] { Program program(gpu, busy_outputs(state), {.memory_limit = 100}); }), ErrorCode::kLimit);
  EXPECT_EQ(vulkan_counters(gpu).memory_bytes, before);
}

TEST_F(GpuProgram, OpsThatTheDeviceCannotRunAreNamed) {
  const Device gpu = device();
  const State state = ramp_state(gpu, 100);
  try {
    Program program(gpu, {cpu_only(read(state))});
    FAIL() << "compiled";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_STREQ(error.operation(), "cpu_only");
  }
  const State precise(gpu, "precise", {Shape{4}, DType::kF64});
  EXPECT_EQ(code_of([&] { Program program(gpu, {through_scratch(read(precise))}); }), ErrorCode::kUnsupported);
}

TEST_F(GpuProgram, ManyBuffersStillNeedFewDescriptorSets) {
  VulkanOptions small;
  small.buffer_bytes = 1 << 20;
  const Device gpu = device(small);
  std::vector<State> states;
  std::vector<Tensor> outputs;
  for (int i = 0; i < 6; ++i) {
    states.push_back(ramp_state(gpu, 200000));
    outputs.push_back(assign(states.back(), through_scratch(read(states.back()))));
  }
  Program program(gpu, outputs);
  program.run(3);
  for (const State& state : states) EXPECT_EQ(state.values<float>(), ramp(200000));
}

TEST_F(GpuProgram, TimestampsCoverEveryDispatch) {
  VulkanOptions options;
  options.timestamps = true;
  const Device gpu = device(options);
  const State state = ramp_state(gpu, 5000);
  Program program(gpu, busy_outputs(state));
  program.run(3);
  const std::vector<VulkanTiming> timings = vulkan_timings(gpu);
  if (timings.empty()) GTEST_SKIP() << "the driver has no timestamps";
  EXPECT_GE(timings.size(), 5u);
  for (const VulkanTiming& timing : timings) {
    EXPECT_GE(timing.milliseconds, 0);
    EXPECT_FALSE(timing.op.empty());
    EXPECT_FALSE(timing.shader.empty());
  }
}

TEST_F(GpuProgram, AProgramOutlivesTheHandleOfItsDevice) {
  Device gpu = device();
  State state = ramp_state(gpu, 500);
  Program program(gpu, busy_outputs(state));
  gpu = Device();
  state = State();
  program.run(2);
  EXPECT_EQ(program.values<float>(0).size(), 484u);
  program = Program();
}

}  // namespace
}  // namespace betwixt::test_gpu
