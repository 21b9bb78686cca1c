// SPDX-License-Identifier: MIT
#include "betwixt/image/colour_spaces.h"

#include <gtest/gtest.h>

#include "betwixt/core/error.h"

namespace betwixt {
namespace {

void expect_near(const Triple& found, const Triple& expected, double bound) {
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(found[i], expected[i], bound) << "number " << i;
}

Triple srgb_to(ColourSpace space, const Triple& rgb) { return convert_colour(rgb, ColourSpace::kSrgb, space); }

TEST(ColourSpaces, LinearLightFollowsTheStandard) {
  EXPECT_EQ(srgb_to_linear(0), 0);
  EXPECT_NEAR(srgb_to_linear(1), 1, 1e-15);
  EXPECT_NEAR(srgb_to_linear(0.04045), 0.0031308, 1e-7);
  EXPECT_NEAR(srgb_to_linear(0.5), 0.21404114, 1e-8);   // half of the code is a fifth of the light
  EXPECT_NEAR(linear_to_srgb(0.18), 0.46135613, 1e-8);  // the photographer's grey card
  EXPECT_NEAR(srgb_to_linear(-0.5), -0.21404114, 1e-8);
}

TEST(ColourSpaces, HueSaturationValueOfKnownColours) {
  const auto hsv = [](const Triple& rgb) { return srgb_to(ColourSpace::kHsv, rgb); };
  expect_near(hsv({1, 0, 0}), {0, 1, 1}, 1e-12);
  expect_near(hsv({1, 1, 0}), {1.0 / 6, 1, 1}, 1e-12);
  expect_near(hsv({0, 1, 0}), {1.0 / 3, 1, 1}, 1e-12);
  expect_near(hsv({0, 0, 1}), {2.0 / 3, 1, 1}, 1e-12);
  expect_near(hsv({1, 0, 0.5}), {11.0 / 12, 1, 1}, 1e-12);
  expect_near(hsv({0.2, 0.2, 0.2}), {0, 0, 0.2}, 1e-12);
  expect_near(hsv({0.25, 0.5, 0.75}), {7.0 / 12, 2.0 / 3, 0.75}, 1e-12);
}

// Values of the usual tables for sRGB and D65 (Lindbloom), two digits.
TEST(ColourSpaces, LabOfKnownColours) {
  const auto lab = [](const Triple& rgb) { return srgb_to(ColourSpace::kLab, rgb); };
  expect_near(lab({1, 1, 1}), {100, 0, 0}, 1e-9);
  expect_near(lab({0, 0, 0}), {0, 0, 0}, 1e-9);
  expect_near(lab({1, 0, 0}), {53.24, 80.09, 67.20}, 0.02);
  expect_near(lab({0, 1, 0}), {87.73, -86.18, 83.18}, 0.02);
  expect_near(lab({0, 0, 1}), {32.30, 79.19, -107.86}, 0.02);
  expect_near(lab({0.5, 0.5, 0.5}), {53.39, 0, 0}, 0.01);
}

// From the article of Ottosson and CSS Color 4.
TEST(ColourSpaces, OklabOfKnownColours) {
  const auto oklab = [](const Triple& rgb) { return srgb_to(ColourSpace::kOklab, rgb); };
  expect_near(oklab({1, 1, 1}), {1, 0, 0}, 1e-4);
  expect_near(oklab({1, 0, 0}), {0.6280, 0.2249, 0.1258}, 1e-4);
  expect_near(oklab({0, 1, 0}), {0.8664, -0.2339, 0.1795}, 1e-4);
  expect_near(oklab({0, 0, 1}), {0.4520, -0.0325, -0.3115}, 1e-4);
}

TEST(ColourSpaces, YcbcrIsThatOfJpegFiles) {
  const auto ycbcr = [](const Triple& rgb) { return srgb_to(ColourSpace::kYcbcr, rgb); };
  expect_near(ycbcr({1, 1, 1}), {1, 0, 0}, 1e-12);
  expect_near(ycbcr({1, 0, 0}), {0.299, -0.168736, 0.5}, 1e-6);
  expect_near(ycbcr({0, 1, 0}), {0.587, -0.331264, -0.418688}, 1e-6);
  expect_near(ycbcr({0, 0, 1}), {0.114, 0.5, -0.081312}, 1e-6);
}

TEST(ColourSpaces, EveryWayThereAndBackGivesTheSameColour) {
  for (const ColourSpace space :
       {ColourSpace::kLinear, ColourSpace::kHsv, ColourSpace::kLab, ColourSpace::kOklab, ColourSpace::kYcbcr})
    for (int i = 0; i < 9 * 9 * 9; ++i) {
      const Triple rgb{i % 9 / 8.0, i / 9 % 9 / 8.0, i / 81 / 8.0};
      expect_near(convert_colour(srgb_to(space, rgb), space, ColourSpace::kSrgb), rgb, 1e-9);
    }
}

TEST(ColourSpaces, PicturesKeepTheirAlpha) {
  FloatImages picture(2, 3, 5, 4, 0.25f);
  picture.pixel(1, 2, 4)[0] = 1;
  const FloatImages hsv = convert_colours(picture, ColourSpace::kSrgb, ColourSpace::kHsv);
  EXPECT_EQ(hsv.shape(), picture.shape());
  EXPECT_FLOAT_EQ(hsv.pixel(1, 2, 4)[1], 0.75f);
  EXPECT_FLOAT_EQ(hsv.pixel(1, 2, 4)[3], 0.25f);
  EXPECT_THROW(convert_colours(FloatImages(1, 2, 2, 1), ColourSpace::kSrgb, ColourSpace::kHsv), Error);
}

}  // namespace
}  // namespace betwixt
