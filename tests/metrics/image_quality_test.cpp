// SPDX-License-Identifier: MIT
#include "betwixt/metrics/image_quality.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "betwixt/core/error.h"

namespace betwixt {
namespace {

Images pattern(int height, int width, int channels, int seed) {
  Images images(1, height, width, channels);
  std::uint32_t state = static_cast<std::uint32_t>(seed) * 2654435761u + 1;
  for (std::uint8_t& byte : images.pixels) {
    state = state * 1664525u + 1013904223u;
    byte = static_cast<std::uint8_t>(state >> 24);
  }
  return images;
}

/// The definition with plain loops over windows.
double plain_ssim(const Images& a, const Images& b, int size) {
  const auto at = [](const Images& i, int y, int x, int c) {
    return i.pixels[static_cast<std::size_t>((y * i.width + x) * i.channels + c)] / 255.0;
  };
  std::vector<double> weight;
  double total = 0;
  for (int y = 0; y < size; ++y)
    for (int x = 0; x < size; ++x) {
      const double dy = y - size / 2, dx = x - size / 2;
      weight.push_back(std::exp(-(dx * dx + dy * dy) / (2 * 1.5 * 1.5)));
      total += weight.back();
    }
  double sum = 0;
  int count = 0;
  for (int c = 0; c < a.channels; ++c)
    for (int y = 0; y + size <= a.height; ++y)
      for (int x = 0; x + size <= a.width; ++x, ++count) {
        double ma = 0, mb = 0, aa = 0, bb = 0, ab = 0;
        for (int i = 0; i < size * size; ++i) {
          const double w = weight[static_cast<std::size_t>(i)] / total;
          const double va = at(a, y + i / size, x + i % size, c), vb = at(b, y + i / size, x + i % size, c);
          ma += w * va;
          mb += w * vb;
          aa += w * va * va;
          bb += w * vb * vb;
          ab += w * va * vb;
        }
        sum += (2 * ma * mb + 1e-4) * (2 * (ab - ma * mb) + 9e-4) /
               ((ma * ma + mb * mb + 1e-4) * (aa - ma * ma + bb - mb * mb + 9e-4));
      }
  return sum / count;
}

TEST(ImageQuality, SsimEqualsItsDefinition) {
  const Images a = pattern(17, 23, 3, 1), b = pattern(17, 23, 3, 2);
  EXPECT_NEAR(ssim(a, 0, b, 0), plain_ssim(a, b, 11), 1e-12);
  EXPECT_NEAR(ssim(a, 0, a, 0), 1, 1e-12);
}

TEST(ImageQuality, SsimOfSmallPicturesUsesTheWindowThatFits) {
  const Images a = pattern(8, 20, 1, 1), b = pattern(8, 20, 1, 2);
  EXPECT_NEAR(ssim(a, 0, b, 0), plain_ssim(a, b, 7), 1e-12);
  EXPECT_NEAR(ssim(pattern(1, 1, 1, 5), 0, pattern(1, 1, 1, 5), 0), 1, 1e-12);
}

TEST(ImageQuality, MseAndPsnrDoNotDependOnTheRange) {
  Images a(1, 2, 2, 1), b(1, 2, 2, 1);
  a.pixels = {0, 255, 10, 10};
  b.pixels = {255, 255, 10, 10};
  EXPECT_DOUBLE_EQ(mse(a, 0, b, 0), 0.25);
  EXPECT_NEAR(psnr(a, 0, b, 0), 6.0206, 1e-4);
  EXPECT_TRUE(std::isinf(psnr(a, 0, a, 0)));
  const std::vector<float> x{-1, 1}, y{1, 1};
  EXPECT_DOUBLE_EQ(mse(PictureView{x, 1, 2, 1, 2}, PictureView{y, 1, 2, 1, 2}), 0.5);
}

TEST(ImageQuality, BlurLosesGradientEnergy) {
  Images sharp(1, 4, 6, 1), soft(1, 4, 6, 1);
  for (std::size_t y = 0; y < 4; ++y)
    for (std::size_t x = 0; x < 6; ++x) {
      sharp.pixels[y * 6 + x] = x < 3 ? 0 : 200;
      soft.pixels[y * 6 + x] = static_cast<std::uint8_t>(x < 2 ? 0 : x == 2 ? 50 : x == 3 ? 150 : 200);
    }
  EXPECT_DOUBLE_EQ(sharpness_ratio(sharp, 0, sharp, 0), 1);
  EXPECT_NEAR(sharpness_ratio(soft, 0, sharp, 0), (50 * 50 + 100 * 100 + 50 * 50) / 40000.0, 1e-12);
  const Images flat(1, 4, 6, 1);
  EXPECT_DOUBLE_EQ(sharpness_ratio(flat, 0, flat, 0), 1);
  EXPECT_TRUE(std::isinf(sharpness_ratio(sharp, 0, flat, 0)));
}

TEST(ImageQuality, RefusesPicturesOfOtherSizes) {
  EXPECT_THROW(ssim(pattern(8, 8, 1, 1), 0, pattern(8, 9, 1, 1), 0), Error);
  EXPECT_THROW(compare(pattern(8, 8, 3, 1), pattern(8, 8, 1, 1)), Error);
  EXPECT_EQ(compare(pattern(8, 8, 3, 1), pattern(8, 8, 3, 2)).psnr.size(), 1u);
}

}  // namespace
}  // namespace betwixt
