// SPDX-License-Identifier: MIT
#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "betwixt/ops/binary.h"
#include "betwixt/ops/unary.h"
#include "tests/gpu/fault_table.h"
#include "tests/gpu/gpu_support.h"
#include "tests/gpu/host_application.h"
#include "tests/gpu/host_picture.h"

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

std::vector<std::uint8_t> pixels_of(const State& state) { return state.values<std::uint8_t>(); }

TEST_F(GpuAdopted, PicturesOfTheApplicationGoThroughAProgramWithoutTheHost) {
  HostPicture picture(*host_);
  const Device gpu = vulkan_device(options());
  const TensorType type{Shape{HostPicture::kHeight, HostPicture::kWidth, 4}, DType::kU8};
  const State seen(gpu, "seen", type);
  const State shown(gpu, "shown", type);
  const Tensor inverted = cast(affine(cast(read(seen), DType::kF32), -1, 255), DType::kU8);
  Program program(gpu, {assign(shown, inverted)});
  for (int frame = 0; frame < 5; ++frame) {
    const auto level = static_cast<std::uint8_t>(10 * frame);
    picture.render({level, 20, 30, 255}, {40, level, 60, 128});
    vulkan_copy_from_image(seen, picture.area());
    program.run(1);
    vulkan_copy_to_image(shown, picture.area());
    const State again(gpu, "again", type);
    vulkan_copy_from_image(again, picture.area());
    const std::vector<std::uint8_t> pixels = pixels_of(again);
    for (std::size_t x = 0; x < HostPicture::kWidth; ++x) {
      const std::size_t at = 4 * (3 * HostPicture::kWidth + x);
      const HostPicture::Colour expected =
          x < HostPicture::kWidth / 2 ? HostPicture::Colour{static_cast<std::uint8_t>(255 - level), 235, 225, 0}
                                      : HostPicture::Colour{215, static_cast<std::uint8_t>(255 - level), 195, 127};
      for (std::size_t c = 0; c < 4; ++c) ASSERT_EQ(pixels[at + c], expected[c]) << "x " << x << " channel " << c;
    }
  }
}

TEST_F(GpuAdopted, AnAreaOfAPictureIsCopiedAndTheRestStays) {
  HostPicture picture(*host_);
  picture.render({1, 2, 3, 4}, {9, 9, 9, 9});
  const Device gpu = vulkan_device(options());
  const State stamp(gpu, "stamp", {Shape{2, 3, 4}, DType::kU8});
  stamp.write(std::vector<std::uint8_t>(24, 77));
  VulkanImageArea area = picture.area();
  area.width = 3;
  area.height = 2;
  area.x = 20;
  area.y = 5;
  vulkan_copy_to_image(stamp, area);
  const State all(gpu, "all", {Shape{HostPicture::kHeight, HostPicture::kWidth, 4}, DType::kU8});
  vulkan_copy_from_image(all, picture.area());
  const std::vector<std::uint8_t> pixels = pixels_of(all);
  for (std::size_t y = 0; y < HostPicture::kHeight; ++y)
    for (std::size_t x = 0; x < HostPicture::kWidth; ++x) {
      const bool inside = x >= 20 && x < 23 && y >= 5 && y < 7;
      ASSERT_EQ(pixels[4 * (y * HostPicture::kWidth + x)], inside ? 77 : x < 12 ? 1 : 9) << x << " " << y;
    }
}

TEST_F(GpuAdopted, ImpossiblePicturesAreRefused) {
  HostPicture picture(*host_);
  picture.render({1, 2, 3, 4}, {9, 9, 9, 9});
  const Device gpu = vulkan_device(options());
  const State state(gpu, "state", {Shape{HostPicture::kHeight, HostPicture::kWidth, 4}, DType::kU8});
  VulkanImageArea undefined = picture.area();
  undefined.layout = 0;
  EXPECT_EQ(code_of([&] { vulkan_copy_from_image(state, undefined); }), ErrorCode::kArgument);
  EXPECT_EQ(code_of([&] { vulkan_copy_to_image(state, undefined); }), ErrorCode::kArgument);
  VulkanImageArea small = picture.area();
  small.height = 1;
  EXPECT_EQ(code_of([&] { vulkan_copy_from_image(state, small); }), ErrorCode::kShape);
  EXPECT_EQ(code_of([&] { vulkan_copy_from_image(state, {}); }), ErrorCode::kArgument);
  VulkanImageArea odd = picture.area();
  odd.pixel_bytes = 3;
  EXPECT_EQ(code_of([&] { vulkan_copy_from_image(state, odd); }), ErrorCode::kArgument);
  const State elsewhere(cpu_device(), "elsewhere", state.type());
  EXPECT_EQ(code_of([&] { vulkan_copy_from_image(elsewhere, picture.area()); }), ErrorCode::kArgument);
  undefined.layout_after = picture.area().layout;
  vulkan_copy_to_image(state, undefined);
}

TEST_F(GpuAdopted, TrainsOnWhatTheApplicationRendersWhileItGoesOnRendering) {
  HostPicture seen(*host_);
  HostPicture other(*host_);
  const Device gpu = vulkan_device(options());
  const State frame(gpu, "frame", {Shape{HostPicture::kHeight, HostPicture::kWidth, 4}, DType::kU8});
  const State sum(gpu, "sum", {Shape{HostPicture::kHeight, HostPicture::kWidth, 4}, DType::kF32});
  Program program(gpu, {assign(sum, add(read(sum), cast(read(frame), DType::kF32)))});
  std::atomic<bool> done{false};
  std::mutex drawing;  // the application has one command buffer
  std::thread renderer([&] {
    for (std::uint8_t i = 0; !done; ++i) {
      const std::lock_guard<std::mutex> lock(drawing);
      other.render({i, i, i, i}, {0, 0, 0, 0});
    }
  });
  for (std::uint8_t i = 1; i <= 10; ++i) {
    {
      const std::lock_guard<std::mutex> lock(drawing);
      seen.render({i, i, i, i}, {1, 1, 1, 1});
    }
    vulkan_copy_from_image(frame, seen.area());
    program.run(2);
  }
  done = true;
  renderer.join();
  const std::vector<float> sums = sum.values<float>();
  EXPECT_EQ(sums.front(), 110);
  EXPECT_EQ(sums.back(), 20);
}

TEST_F(GpuAdopted, AQueueFamilyThatIsNotThereIsRefused) {
  VulkanOptions wrong = options();
  wrong.adopted->queue_family = 99;
  EXPECT_EQ(code_of([&] { vulkan_device(wrong); }), ErrorCode::kArgument);
}

}  // namespace
}  // namespace betwixt::test_gpu
