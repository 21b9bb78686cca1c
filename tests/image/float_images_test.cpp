// SPDX-License-Identifier: MIT
#include "betwixt/image/float_images.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>

#include "betwixt/core/error.h"
#include "betwixt/cpu/cpu_device.h"
#include "betwixt/ops/binary.h"

namespace betwixt {
namespace {

TEST(FloatImages, EveryByteSurvivesTheWayThereAndBack) {
  Images bytes(1, 16, 16, 1);
  for (std::size_t i = 0; i < 256; ++i) bytes.pixels[i] = static_cast<std::uint8_t>(i);
  const FloatImages floats = to_floats(bytes);
  EXPECT_EQ(floats.values.front(), 0);
  EXPECT_EQ(floats.values.back(), 1);
  EXPECT_EQ(to_bytes(floats).pixels, bytes.pixels);
}

TEST(FloatImages, WhatIsOutsideBecomesTheNearerEnd) {
  FloatImages floats(1, 1, 4, 1);
  floats.values = {-3, 7, std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()};
  EXPECT_EQ(to_bytes(floats).pixels, (std::vector<std::uint8_t>{0, 255, 0, 255}));
}

TEST(FloatImages, ChannelsAreTakenInTheGivenOrder) {
  FloatImages rgba(2, 1, 2, 4);
  for (std::size_t i = 0; i < rgba.values.size(); ++i) rgba.values[i] = static_cast<float>(i);
  const FloatImages chosen = select_channels(rgba, std::array{3, 0});
  EXPECT_EQ(chosen.channels, 2);
  EXPECT_EQ(chosen.values, (std::vector<float>{3, 0, 7, 4, 11, 8, 15, 12}));
  EXPECT_THROW(select_channels(rgba, std::array{4}), Error);
}

TEST(FloatImages, GoToADeviceAndBack) {
  const Device device = cpu_device({.threads = 1});
  FloatImages picture(2, 3, 5, 1, 0.5f);
  picture.pixel(1, 2, 4)[0] = 2;
  const FloatImages doubled = compute(device, read(upload(device, picture)) * 2.0);
  EXPECT_EQ(doubled.shape(), picture.shape());
  EXPECT_EQ(doubled.pixel(0, 0, 0)[0], 1);
  EXPECT_EQ(doubled.pixel(1, 2, 4)[0], 4);
  EXPECT_THROW(FloatImages(1, -1, 2, 3), Error);
}

}  // namespace
}  // namespace betwixt
