// SPDX-License-Identifier: MIT
#include "betwixt/image/pyramid_blend.h"

#include <gtest/gtest.h>

#include <cmath>

#include "betwixt/core/error.h"
#include "betwixt/cpu/cpu_device.h"
#include "betwixt/image/masks.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/gradient.h"
#include "betwixt/ops/reduce.h"
#include "betwixt/tensor/program.h"

namespace betwixt {
namespace {

/// Noise: the hardest content for a pyramid.
FloatImages noise(int height, int width, int channels, std::uint64_t seed) {
  FloatImages picture(1, height, width, channels);
  std::uint64_t state = seed * 0x9E3779B97F4A7C15u + 1;
  for (float& value : picture.values) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    value = static_cast<float>(state >> 40) / static_cast<float>(1 << 24);
  }
  return picture;
}

float largest_difference(const FloatImages& a, const FloatImages& b) {
  float largest = 0;
  for (std::size_t i = 0; i < a.values.size(); ++i) largest = std::max(largest, std::abs(a.values[i] - b.values[i]));
  return largest;
}

TEST(PyramidBlend, EverySizeAndDepthCollapsesToItself) {
  const Device device = cpu_device({.threads = 1});
  for (int height = 1; height <= 17; ++height)
    for (int width = 1; width <= 17; width += height % 2 == 0 ? 3 : 2) {
      const FloatImages picture = noise(height, width, 1 + height % 4, static_cast<std::uint64_t>(height * 20 + width));
      const int levels = most_pyramid_levels(height, width) + height % 2;  // deeper than there are pixels, too
      const auto pyramid = laplacian_pyramid(device, picture, levels);
      ASSERT_EQ(pyramid.size(), static_cast<std::size_t>(levels) + 1);
      const FloatImages back = pyramid_collapse(device, pyramid);
      ASSERT_EQ(back.shape(), picture.shape());
      EXPECT_LE(largest_difference(back, picture), 1e-6f) << height << " by " << width;
    }
}

TEST(PyramidBlend, LevelsHalveUpToOnePixel) {
  EXPECT_EQ(most_pyramid_levels(1, 1), 0);
  EXPECT_EQ(most_pyramid_levels(2, 1), 1);
  EXPECT_EQ(most_pyramid_levels(17, 3), 5);
  EXPECT_EQ(most_pyramid_levels(4096, 4096), 12);
  const auto pyramid = gaussian_pyramid(cpu_device({.threads = 1}), noise(17, 3, 3, 5), 5);
  EXPECT_EQ(pyramid[1].height, 9);
  EXPECT_EQ(pyramid[1].width, 2);
  EXPECT_EQ(pyramid.back().height, 1);
  EXPECT_EQ(pyramid.back().width, 1);
}

TEST(PyramidBlend, AConstantPictureHasEmptyBands) {
  const auto pyramid = laplacian_pyramid(cpu_device({.threads = 1}), FloatImages(1, 13, 11, 3, 0.7f), 4);
  for (std::size_t i = 0; i + 1 < pyramid.size(); ++i)
    for (const float value : pyramid[i].values) EXPECT_NEAR(value, 0, 1e-6);
  for (const float value : pyramid.back().values) EXPECT_NEAR(value, 0.7, 1e-6);
}

/// Light differs by 0.4; both have the same fine texture.
FloatImages lit(float light, int side) {
  FloatImages picture(1, side, side, 3);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x)
      for (float& value : picture.pixel(0, y, x)) value = light + ((x + y) % 2 == 0 ? 0.05f : -0.05f);
  return picture;
}

Mask left_half(int side) {
  const double end = side / 2 - 0.5;
  return Mask(side, side)
      .polygon(std::vector<Point>{{-9, -9}, {end, -9}, {end, side + 9.0}, {-9, side + 9.0}}, {.feather = 0});
}

/// The largest step of brightness from one pixel to the next but one (same phase of the texture).
float seam_of(const FloatImages& picture) {
  float seam = 0;
  for (int y = 0; y < picture.height; ++y)
    for (int x = 2; x < picture.width; ++x)
      seam = std::max(seam, std::abs(picture.pixel(0, y, x)[0] - picture.pixel(0, y, x - 2)[0]));
  return seam;
}

TEST(PyramidBlend, MultibandHasNoSeamWhereCutAndPasteHasOne) {
  constexpr int kSide = 96;
  const Device device = cpu_device({.threads = 1});
  const FloatImages bright = lit(0.7f, kSide);
  const FloatImages dark = lit(0.3f, kSide);
  const FloatImages mask = left_half(kSide).image();
  const FloatImages pasted = multiband_blend(device, bright, dark, mask, 0);
  const FloatImages blended = multiband_blend(device, bright, dark, mask);
  EXPECT_NEAR(seam_of(pasted), 0.4, 1e-5);
  EXPECT_LT(seam_of(blended), 0.04f);  // ten times less
  // Far from the seam each side is itself again, and the fine texture is whole on the seam.
  EXPECT_NEAR(blended.pixel(0, 48, 0)[0], bright.pixel(0, 48, 0)[0], 0.08);
  EXPECT_NEAR(blended.pixel(0, 48, 95)[0], dark.pixel(0, 48, 95)[0], 0.08);
  for (int x = 40; x < 56; ++x)
    EXPECT_GT(std::abs(blended.pixel(0, 48, x)[0] - blended.pixel(0, 48, x + 1)[0]), 0.06f) << x;
}

TEST(PyramidBlend, EqualPicturesBlendToThemselvesUnderAnyMask) {
  const FloatImages picture = noise(31, 23, 3, 9);
  const Mask mask = Mask(31, 23).disc({10, 15}, 7, {.feather = 4});
  EXPECT_LE(largest_difference(multiband_blend(cpu_device({.threads = 1}), picture, picture, mask.image()), picture),
            2e-6f);
}

TEST(PyramidBlend, OneMaskServesManyPicturesOfBytes) {
  const Device device = cpu_device({.threads = 1});
  Images bright(3, 9, 7, 4);
  bright.pixels.assign(bright.pixels.size(), 200);
  const Images dark(3, 9, 7, 4);
  const Images mixed = multiband_blend(device, bright, dark, Mask(9, 7, 1).image());
  EXPECT_EQ(mixed.pixels, bright.pixels);
  EXPECT_EQ(multiband_blend(device, bright, dark, Mask(9, 7, 0).image()).pixels, dark.pixels);
}

TEST(PyramidBlend, GradientsReachPicturesAndMask) {
  const Device device = cpu_device({.threads = 1});
  const Tensor a = read(upload(device, noise(11, 9, 2, 1)));
  const Tensor b = read(upload(device, noise(11, 9, 2, 2)));
  const Tensor mask = read(upload(device, Mask(11, 9, 0.25f).image()));
  const std::vector<Tensor> slopes = gradient(sum(multiband_blend(a, b, mask, 3)), {a, b, mask});
  // Of a constant mask m the blend is m a + (1 - m) b, whatever the bands.
  Program program(device, {slopes[0], slopes[1], sum(slopes[2]), sum(a - b)});
  program.run();
  for (const float value : program.values<float>(0)) EXPECT_NEAR(value, 0.25, 1e-5);
  for (const float value : program.values<float>(1)) EXPECT_NEAR(value, 0.75, 1e-5);
  EXPECT_NEAR(program.values<float>(2)[0], program.values<float>(3)[0], 1e-3);
}

TEST(PyramidBlend, WhatDoesNotFitIsRefused) {
  const Device device = cpu_device({.threads = 1});
  const FloatImages picture(1, 8, 8, 3);
  EXPECT_THROW(multiband_blend(device, picture, FloatImages(1, 8, 9, 3), Mask(8, 8).image()), Error);
  EXPECT_THROW(multiband_blend(device, picture, picture, Mask(8, 9).image()), Error);
  EXPECT_THROW(multiband_blend(device, picture, picture, Mask(8, 8).image(), -2), Error);
  EXPECT_THROW(laplacian_pyramid(device, picture, -1), Error);
  EXPECT_THROW(pyramid_collapse(device, std::vector<FloatImages>{}), Error);
}

}  // namespace
}  // namespace betwixt
