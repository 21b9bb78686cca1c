// SPDX-License-Identifier: MIT
// The main job on a Vulkan device: nothing in the program changes but the device, and the results agree with the CPU.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "betwixt/core/error.h"
#include "betwixt/cpu/cpu_device.h"
#include "betwixt/device/device_by_name.h"
#include "betwixt/gpu/vulkan_device.h"
#include "betwixt/methods/autoencoder/denoise.h"
#include "betwixt/methods/autoencoder/model_file.h"
#include "tests/support/needs.h"
#include "tests/support/vulkan_options.h"

namespace betwixt {
namespace {

Images spots(int count, int side) {
  Images images(count, side, side, 3);
  for (int i = 0; i < count; ++i)
    for (int y = 0; y < side; ++y)
      for (int x = 0; x < side; ++x)
        for (int c = 0; c < 3; ++c) {
          const double cx = side * (0.2 + 0.6 * i / (count - 1));
          const double r2 = ((x - cx) * (x - cx) + (y - side / 2.0) * (y - side / 2.0)) / (side * side * 0.03);
          images.picture(i)[static_cast<std::size_t>((y * side + x) * 3 + c)] =
              static_cast<std::uint8_t>(20 + (60 + 70 * c) * std::exp(-r2));
        }
  return images;
}

class VulkanTraining : public testing::Test {
 protected:
  /// The device named by BETWIXT_TEST_DEVICE, else any Vulkan driver there is.
  void SetUp() override {
    BETWIXT_NEEDS_VULKAN();
    const char* name = std::getenv("BETWIXT_TEST_DEVICE");
    device = open_device(name && *name ? name : "vulkan", {.vulkan = test_vulkan_options()});
  }
  Device device;
};

TEST_F(VulkanTraining, GivesWhatTheCpuGives) {
  const Images pictures = spots(9, 16);
  for (const Corruption corruption : {Corruption::kNormal, Corruption::kWhite}) {
    std::vector<std::vector<float>> weights;
    std::vector<Images> decoded;
    for (const Device& each : {cpu_device(), device}) {
      const Autoencoder model(each, {.picture = {16, 16, 3}, .code = 2, .channels = 8});
      const DenoiseReport report = train(
          model, pictures, {.steps = 40, .batch = 8, .learning_rate = 3e-3, .warmup = 10, .corruption = corruption});
      EXPECT_EQ(report.fit.steps, 40);
      weights.push_back(model.parameters().arena().values<float>());
      decoded.push_back(model.reconstruct(pictures));
    }
    float largest = 0;
    float worst = 0;
    for (std::size_t i = 0; i < weights[0].size(); ++i) {
      largest = std::max(largest, std::abs(weights[0][i]));
      worst = std::max(worst, std::abs(weights[0][i] - weights[1][i]));
    }
    EXPECT_LT(worst, 1e-3f * largest);
    for (std::size_t i = 0; i < decoded[0].pixels.size(); ++i)
      ASSERT_LE(std::abs(decoded[0].pixels[i] - decoded[1].pixels[i]), 1) << "pixel " << i;
  }
}

TEST_F(VulkanTraining, IsBitIdenticalFromRunToRunAndWithoutAliasing) {
  const Images pictures = spots(9, 16);
  std::vector<std::vector<float>> weights;
  for (const bool alias : {true, true, false}) {
    const Autoencoder model(device, {.picture = {16, 16, 3}, .code = 2, .channels = 8});
    train(model, pictures, {.steps = 12, .batch = 8, .plan = {.alias = alias}});
    weights.push_back(model.parameters().arena().values<float>());
  }
  EXPECT_EQ(weights[0], weights[1]);
  EXPECT_EQ(weights[0], weights[2]);
}

TEST_F(VulkanTraining, TheReportsNetworkRunsToo) {
  const Images pictures = spots(4, 64);
  std::vector<Codes> codes;
  for (const Device& each : {cpu_device(), device}) {
    const Autoencoder model(each, {.code = 2, .network = AutoencoderNetwork::kReport, .channels = 8});
    train(model, pictures, {.steps = 3, .batch = 4, .warmup = 1});
    codes.push_back(model.encode(pictures));
  }
  for (std::size_t i = 0; i < codes[0].values.size(); ++i) EXPECT_NEAR(codes[0].values[i], codes[1].values[i], 1e-3);
}

}  // namespace
}  // namespace betwixt
