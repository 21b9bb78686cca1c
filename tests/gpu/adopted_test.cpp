// SPDX-License-Identifier: MIT
#include <atomic>
#include <memory>
#include <set>
#include <thread>

#include "tests/gpu/fault_table.h"
#include "tests/gpu/gpu_support.h"
#include "tests/gpu/host_application.h"

namespace betwixt::test_gpu {
namespace {

class GpuAdopted : public GpuTest {
 protected:
  void SetUp() override {
    GpuTest::SetUp();
    if (!IsSkipped()) host_ = std::make_unique<HostApplication>();
  }
  void TearDown() override {
    if (!host_) return;
    for (const std::string& message : host_->messages()) ADD_FAILURE() << message;
  }
  VulkanOptions options() {
    VulkanOptions options;
    options.adopted = host_->adopted();
    options.get_instance_proc_address = table_.entry();
    return options;
  }
  FaultTable table_;
  std::unique_ptr<HostApplication> host_;
};

TEST_F(GpuAdopted, ComputesAsOnADeviceOfItsOwn) {
  EXPECT_EQ(run_busy(vulkan_device(options()), 5003, 20), run_busy(vulkan_device(), 5003, 20));
}

TEST_F(GpuAdopted, UsesTheQueueInsideTheLockAndLeavesNothingBehind) {
  std::set<std::string> called;
  bool unlocked_submission = false;
  table_.on_call = [&](const std::string& name) {
    called.insert(name);
    if (name == "vkQueueSubmit" && !host_->queue_is_locked()) unlocked_submission = true;
  };
  run_busy(vulkan_device(options()), 5003, 20);
  table_.on_call = nullptr;
  EXPECT_FALSE(unlocked_submission);
  EXPECT_GT(host_->locks(), 0u);
  EXPECT_FALSE(host_->queue_is_locked());
  EXPECT_TRUE(table_.alive().empty()) << table_.alive().begin()->first;
  for (const char* never : {"vkCreateInstance", "vkDestroyInstance", "vkCreateDevice", "vkDestroyDevice"})
    EXPECT_EQ(called.count(never), 0u) << never;
}

TEST_F(GpuAdopted, TrainsWhileTheApplicationDraws) {
  const Device gpu = vulkan_device(options());
  const State state = ramp_state(gpu, 20000);
  Program program(gpu, busy_outputs(state));
  std::atomic<bool> done{false};
  std::atomic<int> frames{0};
  std::thread renderer([&] {
    while (!done || frames < 3) host_->draw(static_cast<std::uint32_t>(++frames));
  });
  program.run(60);
  done = true;
  renderer.join();
  EXPECT_GE(frames, 3);
  EXPECT_EQ(host_->buffer_words()[5], static_cast<std::uint32_t>(frames));
  EXPECT_EQ(busy_results(program, state), run_busy(vulkan_device(), 20000, 60));
}

TEST_F(GpuAdopted, BuffersOfTheApplicationGoInAndOutWithoutTheHost) {
  const Device gpu = vulkan_device(options());
  const State state(gpu, "shared", {Shape{1000}, DType::kU32});
  host_->draw(77);
  vulkan_copy_from_buffer(state, {host_->buffer(), 0});
  EXPECT_EQ(state.values<std::uint32_t>(), std::vector<std::uint32_t>(1000, 77));
  std::vector<std::uint32_t> counting(1000);
  for (std::uint32_t i = 0; i < 1000; ++i) counting[i] = i;
  state.write(counting);
  vulkan_copy_to_buffer(state, {host_->buffer(), 400});
  EXPECT_EQ(host_->buffer_words()[99], 77u);
  for (std::uint32_t i = 0; i < 1000; ++i) ASSERT_EQ(host_->buffer_words()[100 + i], i);
  EXPECT_EQ(host_->buffer_words()[1100], 77u);
  EXPECT_EQ(code_of([&] { vulkan_copy_to_buffer(state, {host_->buffer(), 2}); }), ErrorCode::kArgument);
  const State elsewhere(cpu_device(), "elsewhere", {Shape{4}, DType::kU32});
  EXPECT_EQ(code_of([&] { vulkan_copy_to_buffer(elsewhere, {host_->buffer(), 0}); }), ErrorCode::kArgument);
}

TEST_F(GpuAdopted, AQueueFamilyThatIsNotThereIsRefused) {
  VulkanOptions wrong = options();
  wrong.adopted->queue_family = 99;
  EXPECT_EQ(code_of([&] { vulkan_device(wrong); }), ErrorCode::kArgument);
}

}  // namespace
}  // namespace betwixt::test_gpu
