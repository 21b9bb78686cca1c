// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "betwixt/core/error.h"
#include "betwixt/device/best_device.h"
#include "betwixt/device/detail/self_test.h"
#include "betwixt/device/device_by_name.h"

namespace betwixt {
namespace {

ErrorCode code_of_opening(const char* name) {
  try {
    open_device(name);
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::kOk;
}

TEST(Device, NamesOfTheCommandLine) {
  EXPECT_EQ(open_device("cpu").info().backend, "cpu");
  EXPECT_NE(open_device("cpu:3").info().name.find("3 threads"), std::string::npos);
  for (const char* wrong : {"", "gpu", "cpu:", "cpu:x", "cpu:0", "cpu:-1", "cpu:3x", "best:1", "CPU"})
    EXPECT_EQ(code_of_opening(wrong), ErrorCode::kArgument) << wrong;
  EXPECT_EQ(code_of_opening("vulkan:no such device"), ErrorCode::kUnsupported);
}

TEST(Device, EveryListedDeviceCanBeOpenedByItsName) {
  const std::vector<DeviceInfo> devices = list_devices();
  ASSERT_FALSE(devices.empty());
  EXPECT_EQ(devices[0].backend, "cpu");
  for (std::size_t i = 1; i < devices.size(); ++i)
    EXPECT_EQ(open_device("vulkan:" + devices[i].name).info().name, devices[i].name);
}

TEST(Device, TheBestDeviceIsNeverASoftwareDriver) {
  const Device best = best_device();
  EXPECT_FALSE(best.info().is_software);
  EXPECT_TRUE(detail::passes_self_test(best));
}

TEST(Device, EveryDevicePassesTheSelfTest) {
  for (const DeviceInfo& info : list_devices()) {
    const Device device = open_device(info.backend == "cpu" ? "cpu" : "vulkan:" + info.name);
    EXPECT_TRUE(detail::passes_self_test(device)) << info.name;
  }
}

}  // namespace
}  // namespace betwixt
