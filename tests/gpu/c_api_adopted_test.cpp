// SPDX-License-Identifier: MIT
// The application's Vulkan device through the C API.
#include <atomic>
#include <memory>
#include <thread>

#include "tests/capi/api.h"
#include "tests/gpu/gpu_support.h"
#include "tests/gpu/host_application.h"

namespace betwixt::test_gpu {
namespace {

using capi_test::sized;

class GpuCApi : public GpuTest {
 protected:
  void SetUp() override {
    GpuTest::SetUp();
    if (IsSkipped()) return;
    host_ = std::make_unique<HostApplication>();
    adopted_ = host_->adopted();
    vulkan_ = sized<betwixt_vulkan>();
    vulkan_.queue_family = adopted_.queue_family;
    vulkan_.instance = adopted_.instance;
    vulkan_.physical_device = adopted_.physical_device;
    vulkan_.device = adopted_.device;
    vulkan_.queue = adopted_.queue;
    vulkan_.api_version = adopted_.api_version;
    vulkan_.user = &adopted_;
    vulkan_.lock = [](void* user) { static_cast<VulkanAdopted*>(user)->lock(); };
    vulkan_.unlock = [](void* user) { static_cast<VulkanAdopted*>(user)->unlock(); };
    options_ = sized<betwixt_device_options>();
    options_.vulkan = &vulkan_;
  }
  void TearDown() override {
    if (!host_) return;
    for (const std::string& message : host_->messages()) ADD_FAILURE() << message;
  }
  static void make_model(betwixt_device* device, betwixt_model** model) {
    auto size = sized<betwixt_model_options>();
    size.height = size.width = 8;
    size.channels = 1;
    size.code = 2;
    size.breadth = 4;
    CAPI_OK(betwixt_model_create(device, &size, model, &error));
  }
  /// The report of a short training on this device.
  static void train(betwixt_device* device, betwixt_train_report* report) {
    capi_test::Pictures pictures;
    CAPI_OK(betwixt_pictures_create(8, 8, 1, &pictures, &error));
    const auto l = capi_test::layout(capi_test::kCount, 8, 8, 1);
    const auto pixels = capi_test::column_pixels();
    CAPI_OK(betwixt_pictures_add(pictures, &l, pixels.data(), static_cast<std::int64_t>(pixels.size()), &error));
    capi_test::Model model;
    make_model(device, &model);
    auto options = sized<betwixt_train_options>();
    options.steps = 20;
    *report = sized<betwixt_train_report>();
    CAPI_OK(betwixt_model_train(model, pictures, &options, report, &error));
  }
  std::unique_ptr<HostApplication> host_;
  VulkanAdopted adopted_;
  betwixt_vulkan vulkan_{};
  betwixt_device_options options_{};
};

TEST_F(GpuCApi, TrainsOnTheApplicationsDeviceWhileItDraws) {
  betwixt_train_report report{}, own_report{};
  {
    capi_test::Device device;
    CAPI_OK(betwixt_device_open(&options_, &device, &error));
    auto info = sized<betwixt_device_info>();
    CAPI_OK(betwixt_device_describe(device, &info, &error));
    EXPECT_STREQ(info.backend, "vulkan");
    std::atomic<bool> done{false};
    std::thread renderer([&] {
      for (std::uint32_t frame = 1; !done || frame < 4; ++frame) host_->draw(frame);
    });
    train(device, &report);
    done = true;
    renderer.join();
  }
  EXPECT_EQ(report.steps, 20);
  EXPECT_GT(host_->locks(), 3u);
  EXPECT_FALSE(host_->queue_is_locked());
  host_->draw(77);
  EXPECT_EQ(host_->buffer_words()[5], 77u) << "the application's device was left as it was";
  auto own = sized<betwixt_device_options>();
  own.name = "vulkan";
  capi_test::Device device;
  CAPI_OK(betwixt_device_open(&own, &device, &error));
  train(device, &own_report);
  EXPECT_EQ(report.loss, own_report.loss);
}

TEST_F(GpuCApi, WhatIsNoDeviceIsRefused) {
  capi_test::Device device;
  options_.name = "vulkan";
  CAPI_FAILS(BETWIXT_E_ARGUMENT, "name", betwixt_device_open(&options_, &device, &error));
  options_.name = nullptr;
  vulkan_.queue_family = 99;
  CAPI_FAILS(BETWIXT_E_ARGUMENT, "queue", betwixt_device_open(&options_, &device, &error));
  vulkan_.queue_family = adopted_.queue_family;
  vulkan_.queue = nullptr;
  CAPI_FAILS(BETWIXT_E_ARGUMENT, "", betwixt_device_open(&options_, &device, &error));
  EXPECT_EQ(device.get(), nullptr);
}

TEST_F(GpuCApi, HalvesNeedAFeatureThatTheApplicationDeclares) {
  capi_test::Device device;
  options_.half_storage = 1;
  vulkan_.has_storage_16bit = 0;
  CAPI_FAILS(BETWIXT_E_UNSUPPORTED, "f16", betwixt_device_open(&options_, &device, &error));
  auto processor = sized<betwixt_device_options>();
  processor.name = "cpu";
  processor.half_storage = 1;
  CAPI_FAILS(BETWIXT_E_UNSUPPORTED, "CPU", betwixt_device_open(&processor, &device, &error));
}

TEST_F(GpuCApi, TheQueuesCallbacksMayNotCallTheLibrary) {
  static std::atomic<int> refused{0};
  refused = 0;
  vulkan_.lock = [](void* user) {
    betwixt_device* other = nullptr;
    if (betwixt_device_open(nullptr, &other, nullptr) == BETWIXT_E_ARGUMENT) ++refused;
    static_cast<VulkanAdopted*>(user)->lock();
  };
  capi_test::Device device;
  CAPI_OK(betwixt_device_open(&options_, &device, &error));
  capi_test::Model model;
  make_model(device, &model);
  EXPECT_GT(refused, 0);
  EXPECT_FALSE(host_->queue_is_locked());
}

}  // namespace
}  // namespace betwixt::test_gpu
