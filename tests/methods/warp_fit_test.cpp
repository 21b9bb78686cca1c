// SPDX-License-Identifier: MIT
// Warping one picture into another: motion is found, what lies in between moves instead of fading, and pictures that
// have nothing to find do no harm.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "betwixt/core/error.h"
#include "betwixt/cpu/cpu_device.h"
#include "betwixt/device/device_by_name.h"
#include "betwixt/methods/warp/flow_fit.h"
#include "betwixt/metrics/image_quality.h"
#include "tests/support/needs.h"

namespace betwixt {
namespace {

/// A square with a pattern on a ground with another, at (x, y).
void draw_square(Images& images, std::int64_t index, int x, int y, int side) {
  const std::span<std::uint8_t> pixels = images.picture(index);
  const auto channels = static_cast<std::size_t>(images.channels);
  for (int v = 0; v < images.height; ++v)
    for (int u = 0; u < images.width; ++u) {
      const bool inside = u >= x && u < x + side && v >= y && v < y + side;
      std::uint8_t* p = &pixels[(static_cast<std::size_t>(v) * images.width + u) * channels];
      p[0] = static_cast<std::uint8_t>(inside ? 200 + 4 * (u - x)
                                              : 70 + 30 * std::sin(0.8 * u + 0.3 * v) + 30 * std::sin(0.05 * u * u));
      if (channels < 3) continue;
      p[1] = static_cast<std::uint8_t>(inside ? 60 + 6 * (v - y)
                                              : 70 + 30 * std::sin(0.6 * v) + 30 * std::sin(0.04 * u * v));
      p[2] = static_cast<std::uint8_t>(inside ? 40 : 70);
      if (channels == 4) {
        p[3] = inside ? 255 : 0;
        if (!inside) p[0] = p[1] = p[2] = 0;
      }
    }
}

Images moved_square(int channels, int size = 32, int dx = 9, int dy = 5) {
  Images pair(2, size, size, channels);
  draw_square(pair, 0, 6, 8, 10);
  draw_square(pair, 1, 6 + dx, 8 + dy, 10);
  return pair;
}

Images flat(int height, int width, int channels, std::uint8_t first, std::uint8_t second) {
  Images pair(2, height, width, channels);
  std::ranges::fill(pair.picture(0), first);
  std::ranges::fill(pair.picture(1), second);
  return pair;
}

Images noise(int height, int width, int channels) {
  Images pair(2, height, width, channels);
  std::uint32_t x = 12345;
  for (std::uint8_t& p : pair.pixels) p = static_cast<std::uint8_t>((x = x * 1664525u + 1013904223u) >> 24);
  return pair;
}

FlowFitOptions quick() { return {.steps = 40}; }

void expect_ends(const Images& frames, const Images& pair) {
  EXPECT_TRUE(std::ranges::equal(frames.picture(0), pair.picture(0)));
  EXPECT_TRUE(std::ranges::equal(frames.picture(frames.count - 1), pair.picture(1)));
}

TEST(FlowFit, FindsHowFarASquareMovedAndMovesIt) {
  const Images pair = moved_square(3);
  const FlowFit fit(cpu_device(), pair);
  const std::vector<float> there = fit.flow(0);
  const std::vector<float> back = fit.flow(1);
  const std::size_t before = 2 * (12 * 32 + 10);
  const std::size_t after = 2 * (17 * 32 + 19);
  EXPECT_NEAR(there[before], 9, 0.7);
  EXPECT_NEAR(there[before + 1], 5, 0.7);
  EXPECT_NEAR(back[after], -9, 0.7);
  EXPECT_NEAR(back[after + 1], -5, 0.7);
  EXPECT_NEAR(there[2 * (28 * 32 + 4)], 0, 0.5) << "the ground stays";

  Images truth(1, 32, 32, 3);
  draw_square(truth, 0, 10, 10, 10);  // half of 9 and 5, rounded down
  Images dissolve(1, 32, 32, 3);
  for (std::size_t i = 0; i < dissolve.pixels.size(); ++i)
    dissolve.pixels[i] = static_cast<std::uint8_t>((pair.picture(0)[i] + pair.picture(1)[i]) / 2);
  const double middle[] = {0.47};
  EXPECT_GT(psnr(fit.frames(middle), 0, truth, 0), psnr(dissolve, 0, truth, 0) + 3);
  EXPECT_LT(fit.report().residual, 0.4 * fit.report().difference);
}

TEST(FlowFit, SeesWhatIsHiddenInTheOtherPicture) {
  const FlowFit fit(cpu_device(), moved_square(3, 32, 8, 0));
  const std::vector<float> seen = fit.visibility(0);
  double square = 0;
  double ground = 0;
  for (std::size_t y = 8; y < 18; ++y) {
    for (std::size_t x = 6; x < 16; ++x) square += seen[y * 32 + x] / 100;
    for (std::size_t x = 16; x < 24; ++x) ground += seen[y * 32 + x] / 80;
  }
  EXPECT_GT(square, 0.9) << "the square itself";
  EXPECT_LT(ground, 0.4) << "ground that the square will cover";
  EXPECT_GT(seen[28 * 32 + 4], 0.9f) << "ground far away";
  EXPECT_GT(fit.report().occluded, 0.02);
  EXPECT_LT(fit.report().occluded, 0.2);
}

TEST(FlowFit, PremultipliedColoursNeverExceedTheirAlpha) {
  const Images pair = moved_square(4);
  const Images frames = FlowFit(cpu_device(), pair, quick()).frames(7);
  ASSERT_EQ(frames.count, 7);
  expect_ends(frames, pair);
  for (std::size_t i = 0; i < frames.pixels.size(); i += 4)
    for (std::size_t c = 0; c < 3; ++c) ASSERT_LE(frames.pixels[i + c], frames.pixels[i + 3]);
}

TEST(FlowFit, ThePicturesInBetweenAreOpaqueInTheMiddleOfASprite) {
  const Images frames = FlowFit(cpu_device(), moved_square(4)).frames(3);
  // The square is at about (10.5, 10.5) to (20.5, 20.5) then.
  EXPECT_GT(frames.picture(1)[(15 * 32 + 15) * 4 + 3], 240);
  EXPECT_LT(frames.picture(1)[(9 * 32 + 7) * 4 + 3], 30) << "where it was, nothing stays behind";
}

TEST(FlowFit, EqualPicturesDoNotMove) {
  Images pair = noise(24, 20, 3);
  std::ranges::copy(pair.picture(0), pair.picture(1).begin());
  const FlowFit fit(cpu_device(), pair, quick());
  EXPECT_EQ(fit.report().largest, 0);
  const Images frames = fit.frames(4);
  for (std::int64_t i = 0; i < frames.count; ++i)
    for (std::size_t k = 0; k < frames.picture_bytes(); ++k)
      ASSERT_NEAR(frames.picture(i)[k], pair.picture(0)[k], 2) << "frame " << i;
}

TEST(FlowFit, FlatPicturesFadeEvenly) {
  const Images frames = FlowFit(cpu_device(), flat(16, 16, 1, 50, 150), quick()).frames(3);
  for (const std::uint8_t p : frames.picture(1)) EXPECT_NEAR(p, 100, 8);
}

TEST(FlowFit, AnySizeAndAnyNumberOfChannelsWorks) {
  for (const auto& [h, w] :
       {std::pair(1, 1), std::pair(1, 9), std::pair(7, 1), std::pair(2, 3), std::pair(17, 33), std::pair(3, 300)})
    for (const int channels : {1, 2, 3, 4}) {
      const Images pair = noise(h, w, channels);
      const Images frames = FlowFit(cpu_device(), pair, {.steps = 3}).frames(3);
      expect_ends(frames, pair);
    }
}

TEST(FlowFit, PicturesWithNothingInCommonStayInBounds) {
  Images pair = noise(32, 32, 3);
  std::ranges::fill(pair.picture(1), 255);
  const FlowFit fit(cpu_device(), pair, quick());
  for (const float f : fit.flow(0)) ASSERT_TRUE(std::isfinite(f));
  expect_ends(fit.frames(5), pair);
  EXPECT_EQ(fit.report().fit.refused_steps, 0);
}

TEST(FlowFit, GivesTheSameBitsForAnyNumberOfThreads) {
  const Images pair = moved_square(3);
  const Images one = FlowFit(cpu_device({.threads = 1}), pair, quick()).frames(5);
  const Images two = FlowFit(cpu_device({.threads = 2}), pair, quick()).frames(5);
  EXPECT_EQ(one.pixels, two.pixels);
}

TEST(FlowFit, StopsWhenToldAndKeepsWhatItFound) {
  int calls = 0;
  const Images pair = moved_square(3);
  const FlowFit fit(cpu_device(), pair, {}, [&](const Progress& progress) {
    EXPECT_LE(progress.step, progress.steps);
    return ++calls < 2;
  });
  EXPECT_TRUE(fit.report().fit.stopped);
  EXPECT_EQ(calls, 2);
  expect_ends(fit.frames(3), pair);
  std::atomic<bool> stop{true};
  EXPECT_TRUE(FlowFit(cpu_device(), pair, {.stop = &stop}).report().fit.stopped);
}

TEST(FlowFit, CountsItsStepsForTheProgressBar) {
  std::int64_t last = 0;
  std::int64_t total = 0;
  const FlowFit fit(cpu_device(), moved_square(1), quick(), [&](const Progress& progress) {
    EXPECT_GT(progress.step, last);
    last = progress.step;
    total = progress.steps;
    return true;
  });
  EXPECT_EQ(last, total);
  EXPECT_EQ(fit.report().fit.steps, total);
}

TEST(FlowFit, MistakesAreRefused) {
  const Device device = cpu_device();
  const Images pair = moved_square(3);
  auto code = [](auto&& call) -> std::optional<ErrorCode> {
    try {
      call();
    } catch (const Error& error) {
      return error.code();
    }
    return {};
  };
  const std::int64_t first[] = {0};
  EXPECT_EQ(code([&] { FlowFit(device, pair.select(first)); }), ErrorCode::kArgument);
  EXPECT_EQ(code([&] { FlowFit(device, pair, {.levels = -1}); }), ErrorCode::kArgument);
  EXPECT_EQ(code([&] { FlowFit(device, pair, {.steps = 0}); }), ErrorCode::kArgument);
  EXPECT_EQ(code([&] { FlowFit(device, pair, {.smoothness = std::nan("")}); }), ErrorCode::kValue);
  EXPECT_EQ(code([&] { FlowFit(device, pair, {.search = 2}); }), ErrorCode::kValue);
  EXPECT_EQ(code([&] { FlowFit(device, pair, {.plan = {.memory_limit = 1000}}); }), ErrorCode::kLimit);
  const FlowFit fit(device, pair, {.steps = 1});
  const double late[] = {1.5};
  EXPECT_EQ(code([&] { fit.frames(late); }), ErrorCode::kValue);
  EXPECT_EQ(code([&] { fit.frames(1); }), ErrorCode::kArgument);
  EXPECT_EQ(code([&] { fit.flow(2); }), ErrorCode::kArgument);
  EXPECT_EQ(code([&] { fit.visibility(-1); }), ErrorCode::kArgument);
}

TEST(FlowFit, AVulkanDeviceGivesNearlyTheSamePictures) {
  BETWIXT_NEEDS_VULKAN();
  const Device device = open_device("vulkan");
  const Images pair = moved_square(4, 24, 5, 3);
  const FlowFitOptions options{.steps = 8};
  const Images here = FlowFit(cpu_device(), pair, options).frames(3);
  const Images there = FlowFit(device, pair, options).frames(3);
  double difference = 0;
  for (std::size_t i = 0; i < here.pixels.size(); ++i) difference += std::abs(here.pixels[i] - there.pixels[i]);
  EXPECT_LT(difference / static_cast<double>(here.pixels.size()), 1.0);
}

}  // namespace
}  // namespace betwixt
