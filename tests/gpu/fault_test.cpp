// SPDX-License-Identifier: MIT
// Every call that can fail is made to fail. Each time: one clear error, and everything can be destroyed.
#include <algorithm>
#include <chrono>
#include <cstring>

#include "betwixt/ops/matmul.h"
#include "tests/gpu/fault_table.h"
#include "tests/gpu/gpu_support.h"
#include "tests/support/memory_files.h"

namespace betwixt::test_gpu {
namespace {

class GpuFaults : public GpuTest {
 protected:
  VulkanOptions options() {
    VulkanOptions options;
    options.get_instance_proc_address = table_.entry();
    options.timestamps = true;
    options.timeout_milliseconds = 5000;
    return options;
  }
  void TearDown() override {
    EXPECT_TRUE(table_.alive().empty()) << table_.alive().begin()->first;
    GpuTest::TearDown();
  }
  FaultTable table_;
};

bool is_silent(const std::string& function) {
  return function == "vkGetPipelineCacheData";  // a cache that cannot be saved costs time only
}

ErrorCode expected_code(const std::string& function, VkResult result) {
  if (is_silent(function)) return ErrorCode::kOk;
  return result == VK_ERROR_DEVICE_LOST ? ErrorCode::kDeviceLost : ErrorCode::kOutOfMemory;
}

TEST_F(GpuFaults, EveryFallibleCallGivesOneClearError) {
  for (const VkResult result : {VK_ERROR_OUT_OF_HOST_MEMORY, VK_ERROR_OUT_OF_DEVICE_MEMORY, VK_ERROR_DEVICE_LOST}) {
    int failures = 0;
    for (std::int64_t call = 0;; ++call) {
      test_support::MemoryFiles files;
      VulkanOptions with_cache = options();
      with_cache.files = &files;
      with_cache.cache_path = "cache";
      table_.fail_at(call, result);
      const ErrorCode code = code_of([&] { run_busy(vulkan_device(with_cache), 1000, 3); });
      const std::string failed = table_.failed();
      if (failed.empty()) {
        EXPECT_EQ(code, ErrorCode::kOk);
        break;
      }
      ++failures;
      EXPECT_EQ(code, expected_code(failed, result)) << failed << ", call " << call;
      ASSERT_TRUE(table_.alive().empty()) << failed << " leaves a " << table_.alive().begin()->first;
    }
    EXPECT_GT(failures, 50);
  }
}

TEST_F(GpuFaults, TheErrorNamesWhatWasAskedFor) {
  table_.fail_function("vkAllocateMemory", 0, VK_ERROR_OUT_OF_DEVICE_MEMORY);
  try {
    const Device gpu = vulkan_device(options());
    State state(gpu, "state", {Shape{1000000}, DType::kF32});
    FAIL() << "allocated";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kOutOfMemory);
    EXPECT_NE(std::strstr(error.what(), "40000"), nullptr) << error.what();
  }
}

TEST_F(GpuFaults, MemoryThatRunsOutCanBeAskedForAgain) {
  const Device gpu = vulkan_device(options());
  table_.fail_function("vkAllocateMemory", 0, VK_ERROR_OUT_OF_DEVICE_MEMORY);
  EXPECT_EQ(code_of([&] { run_busy(gpu, 1000, 3); }), ErrorCode::kOutOfMemory);
  table_.no_faults();
  EXPECT_EQ(run_busy(gpu, 1000, 3), run_busy(vulkan_device(), 1000, 3));
}

TEST_F(GpuFaults, ALostDeviceSaysSoAtOnceEverAfter) {
  for (const char* function : {"vkQueueSubmit", "vkWaitForFences"}) {
    const Device gpu = vulkan_device(options());
    const State state = ramp_state(gpu, 1000);
    Program program(gpu, busy_outputs(state));
    program.run(2);
    table_.fail_function(function, 0, VK_ERROR_DEVICE_LOST);
    EXPECT_EQ(code_of([&] { program.run(10); }), ErrorCode::kDeviceLost) << function;
    const std::int64_t calls = table_.calls();
    EXPECT_EQ(code_of([&] { program.run(10); }), ErrorCode::kDeviceLost);
    EXPECT_EQ(code_of([&] { state.values<float>(); }), ErrorCode::kDeviceLost);
    EXPECT_EQ(code_of([&] { state.write(ramp(1000)); }), ErrorCode::kDeviceLost);
    EXPECT_EQ(code_of([&] { program.values<float>(0); }), ErrorCode::kDeviceLost);
    EXPECT_EQ(code_of([&] { State other(gpu, "other", {Shape{8}, DType::kF32}); }), ErrorCode::kDeviceLost);
    EXPECT_EQ(code_of([&] { Program other(gpu, busy_outputs(state)); }), ErrorCode::kDeviceLost);
    EXPECT_EQ(table_.calls(), calls) << "the driver was asked again";
    table_.no_faults();
  }
}

TEST_F(GpuFaults, TrainingGoesOnFromTheLastCopyOnANewDevice) {
  const std::vector<std::uint32_t> undisturbed = run_busy(vulkan_device(), 1000, 9);
  std::vector<float> copy;
  {
    const Device gpu = vulkan_device(options());
    const State state = ramp_state(gpu, 1000);
    Program program(gpu, busy_outputs(state));
    program.run(5);
    copy = state.values<float>();
    table_.fail_function("vkQueueSubmit", 0, VK_ERROR_DEVICE_LOST);
    EXPECT_EQ(code_of([&] { program.run(4); }), ErrorCode::kDeviceLost);
    table_.no_faults();
  }
  const Device gpu = vulkan_device(options());
  const State state = ramp_state(gpu, 1000);
  state.write(copy);
  Program program(gpu, busy_outputs(state));
  program.run(4);
  EXPECT_EQ(busy_results(program, state), undisturbed);
}

// The step is cut into submissions of one dispatch each.
TEST_F(GpuFaults, AStepThatBreaksOffHalfDoneLosesItsStatesAndSaysSo) {
  const std::vector<std::uint32_t> undisturbed = run_busy(vulkan_device(), 1000, 9);
  table_.claim_hardware();
  VulkanOptions cut = options();
  cut.timestamps = false;
  cut.submit_milliseconds = 1e-6;
  cut.self_test = VulkanSelfTest::kNever;
  std::vector<float> copy;
  {
    const Device gpu = vulkan_device(cut);
    const State state = ramp_state(gpu, 1000);
    Program program(gpu, busy_outputs(state));
    program.run(4);
    // The first submission of a step: nothing has happened yet.
    table_.fail_function("vkQueueSubmit", 0, VK_ERROR_OUT_OF_DEVICE_MEMORY);
    EXPECT_EQ(code_of([&] { program.run(1); }), ErrorCode::kOutOfMemory);
    table_.no_faults();
    program.run(1);
    copy = state.values<float>();
    // A later one.
    table_.fail_function("vkQueueSubmit", 2, VK_ERROR_OUT_OF_DEVICE_MEMORY);
    try {
      program.run(1);
      FAIL() << "the step was not cut";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kDeviceLost);
      EXPECT_NE(std::strstr(error.what(), "checkpoint"), nullptr) << error.what();
    }
    table_.no_faults();
    EXPECT_EQ(code_of([&] { state.values<float>(); }), ErrorCode::kDeviceLost) << "half a step can be read";
    EXPECT_EQ(code_of([&] { program.run(1); }), ErrorCode::kDeviceLost);
  }
  const Device gpu = vulkan_device(cut);
  const State state = ramp_state(gpu, 1000);
  state.write(copy);
  Program program(gpu, busy_outputs(state));
  program.run(4);
  EXPECT_EQ(busy_results(program, state), undisturbed);
}

TEST_F(GpuFaults, AFenceThatNeverSignalsIsATimeout) {
  VulkanOptions impatient = options();
  impatient.timeout_milliseconds = 300;
  const Device gpu = vulkan_device(impatient);
  const State state = ramp_state(gpu, 1000);
  Program program(gpu, busy_outputs(state));
  table_.fail_function("vkWaitForFences", 0, VK_TIMEOUT);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(code_of([&] { program.run(3); }), ErrorCode::kDeviceTimeout);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(3));
  EXPECT_EQ(code_of([&] { program.run(3); }), ErrorCode::kDeviceTimeout);
  EXPECT_GT(run_busy(cpu_device(), 1000, 1).size(), 0u);
  table_.no_faults();
}

TEST_F(GpuFaults, WaitsAreBounded) {
  const Device gpu = vulkan_device(options());
  run_busy(gpu, 1000, 3);
  EXPECT_EQ(table_.calls_of("vkDeviceWaitIdle"), 0);
  EXPECT_EQ(table_.calls_of("vkQueueWaitIdle"), 0);
}

TEST_F(GpuFaults, AShaderThatTheDriverRefusesIsNamed) {
  table_.fail_function("vkCreateComputePipelines", 0, VK_ERROR_UNKNOWN);
  const Device gpu = vulkan_device(options());
  const State state = ramp_state(gpu, 1000);
  try {
    Program program(gpu, {through_scratch(read(state))});
    FAIL() << "compiled";
  } catch (const Error& error) {
    EXPECT_NE(std::strstr(error.what(), "copy"), nullptr) << error.what();
  }
  table_.no_faults();
}

class GpuAbandoned : public GpuTest {
 protected:
  FaultTable table_;
};

TEST_F(GpuAbandoned, ASlowDriverMayFinishWhatWasGivenUp) {
  if (!device().info().is_software) GTEST_SKIP() << "a GPU is too fast";
  VulkanOptions impatient;
  impatient.timeout_milliseconds = 1;
  EXPECT_EQ(code_of([&] {
              const Device gpu = vulkan_device(impatient);
              const State a(gpu, "a", {Shape{768, 768}, DType::kF32});
              Program program(gpu, {matmul(matmul(read(a), read(a)), read(a))});
              program.run(1);
            }),
            ErrorCode::kDeviceTimeout);
}

// A driver that is only slow would else read memory that is gone.
TEST_F(GpuAbandoned, WhatADeviceMayStillUseIsNotFreed) {
  VulkanOptions impatient;
  impatient.get_instance_proc_address = table_.entry();
  impatient.timeout_milliseconds = 50;
  std::map<std::string, std::int64_t> before;
  {
    const Device gpu = vulkan_device(impatient);
    const State state = ramp_state(gpu, 1000);
    Program program(gpu, busy_outputs(state));
    table_.fail_function("vkWaitForFences", 0, VK_TIMEOUT);
    EXPECT_EQ(code_of([&] { program.run(3); }), ErrorCode::kDeviceTimeout);
    before = table_.alive();
  }
  EXPECT_FALSE(before.empty());
  EXPECT_EQ(table_.alive(), before);
}

}  // namespace
}  // namespace betwixt::test_gpu
