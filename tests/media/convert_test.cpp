// SPDX-License-Identifier: MIT
#include "betwixt/media/convert.h"

#include "tests/media/media_support.h"

namespace betwixt {
namespace {

using namespace media_test;

Images picture(int height, int width, int channels, std::vector<std::uint8_t> pixels) {
  Images images(1, height, width, channels);
  images.pixels = std::move(pixels);
  images.names = {"a"};
  return images;
}

TEST(Convert, Channels) {
  EXPECT_EQ(convert_channels(picture(1, 1, 1, {7}), 4).pixels, (std::vector<std::uint8_t>{7, 7, 7, 255}));
  EXPECT_EQ(convert_channels(picture(1, 1, 3, {255, 0, 0}), 1).pixels, (std::vector<std::uint8_t>{77}));
  EXPECT_EQ(convert_channels(picture(1, 1, 3, {9, 9, 9}), 1).pixels, (std::vector<std::uint8_t>{9}));
  EXPECT_EQ(convert_channels(picture(1, 1, 2, {50, 100}), 4).pixels, (std::vector<std::uint8_t>{50, 50, 50, 100}));
  EXPECT_EQ(convert_channels(picture(1, 1, 4, {50, 50, 50, 100}), 3).pixels, (std::vector<std::uint8_t>{50, 50, 50}));
  EXPECT_EQ(convert_channels(picture(1, 1, 4, {0, 0, 0, 0}), 3, Colour{1, 2, 3}).pixels,
            (std::vector<std::uint8_t>{1, 2, 3}));
  EXPECT_EQ(convert_channels(picture(1, 1, 3, {1, 2, 3}), 3).names, std::vector<std::string>{"a"});
  EXPECT_EQ(error_of([] { convert_channels(picture(1, 1, 1, {7}), 5); }).code(), ErrorCode::kArgument);
}

TEST(Convert, ShrinkingAveragesTheCoveredArea) {
  EXPECT_EQ(resize_images(picture(2, 2, 1, {10, 20, 30, 41}), 1, 1).pixels, (std::vector<std::uint8_t>{25}));
  // Three pixels to two: weights 2/3 and 1/3.
  EXPECT_EQ(resize_images(picture(1, 3, 1, {0, 90, 180}), 1, 2).pixels, (std::vector<std::uint8_t>{30, 150}));
}

TEST(Convert, GrowingIsBilinearWithHalfPixelCentres) {
  EXPECT_EQ(resize_images(picture(1, 2, 1, {0, 100}), 1, 4).pixels, (std::vector<std::uint8_t>{0, 25, 75, 100}));
}

TEST(Convert, ResizeKeepsConstantsMeansAndPremultiplication) {
  std::uint32_t state = 3;
  Images noise_images(2, 31, 17, 4);
  for (std::size_t i = 0; i < noise_images.pixels.size(); i += 4) {
    const auto alpha = static_cast<std::uint8_t>(noise(state));
    for (std::size_t k = 0; k < 3; ++k)
      noise_images.pixels[i + k] = static_cast<std::uint8_t>(noise(state) % (alpha + 1u));
    noise_images.pixels[i + 3] = alpha;
  }
  for (const auto& [height, width] : {std::pair{7, 5}, {64, 64}, {31, 9}, {1, 1}}) {
    const Images result = resize_images(noise_images, height, width);
    ASSERT_EQ(result.count, 2);
    for (std::size_t i = 0; i < result.pixels.size(); i += 4) {
      for (std::size_t k = 0; k < 3; ++k) ASSERT_LE(result.pixels[i + k], result.pixels[i + 3]);
    }
  }
  const Images flat = resize_images(picture(3, 5, 1, std::vector<std::uint8_t>(15, 201)), 13, 2);
  EXPECT_EQ(flat.pixels, std::vector<std::uint8_t>(26, 201));
  EXPECT_EQ(error_of([&] { resize_images(flat, 0, 1); }).code(), ErrorCode::kArgument);
}

TEST(Convert, FitSquare) {
  const Images wide = picture(2, 4, 1, {1, 2, 3, 4, 5, 6, 7, 8});
  EXPECT_EQ(fit_square(wide, 2, Fit::kCrop).pixels, (std::vector<std::uint8_t>{2, 3, 6, 7}));
  EXPECT_EQ(fit_square(wide, 4, Fit::kPad, Colour{99, 99, 99}).pixels,
            (std::vector<std::uint8_t>{99, 99, 99, 99, 1, 2, 3, 4, 5, 6, 7, 8, 99, 99, 99, 99}));
  EXPECT_EQ(fit_square(wide, 4, Fit::kPad).pixels[0], 0);
  const Images stretched = fit_square(wide, 2, Fit::kStretch);
  EXPECT_EQ(stretched.pixels, (std::vector<std::uint8_t>{2, 4, 6, 8}));
}

TEST(Convert, Enlarge) {
  const Images large = enlarge(picture(1, 2, 2, {1, 2, 3, 4}), 2);
  EXPECT_EQ(large.pixels, (std::vector<std::uint8_t>{1, 2, 1, 2, 3, 4, 3, 4, 1, 2, 1, 2, 3, 4, 3, 4}));
  EXPECT_EQ(error_of([&] { enlarge(large, 100000); }).code(), ErrorCode::kLimit);
}

}  // namespace
}  // namespace betwixt
