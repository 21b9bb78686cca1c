// SPDX-License-Identifier: MIT
#include <cmath>

#include "tests/capi/api.h"

using namespace capi_test;

namespace {

std::vector<std::uint8_t> pixels_of(const betwixt_pictures* set, std::int64_t count) {
  const auto l = layout(count, kSide, kSide, 1);
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(count) * kBytes);
  EXPECT_EQ(betwixt_pictures_read(set, 0, &l, pixels.data(), static_cast<std::int64_t>(pixels.size()), nullptr),
            BETWIXT_OK);
  return pixels;
}

TEST_F(CApi, TheSetItselfIsAPerfectSequence) {
  auto against = sized<betwixt_measure_options>();
  against.truth = against.set = pictures;
  against.has_ends = 1;
  against.to = kCount - 1;
  auto found = sized<betwixt_measures>();
  CAPI_OK(betwixt_pictures_measure(pictures, &against, &found, &error));
  EXPECT_NEAR(found.step_uniformity, 1, 1e-9) << "the column moves evenly";
  EXPECT_EQ(found.mse, 0);
  EXPECT_TRUE(std::isinf(found.psnr));
  EXPECT_NEAR(found.ssim, 1, 1e-9);
  EXPECT_NEAR(found.sharpness, 1, 1e-9);
  EXPECT_EQ(found.nearest_mse, 0);
  EXPECT_EQ(found.start_error, 0);
  EXPECT_EQ(found.end_error, 0);
}

TEST_F(CApi, ADissolveIsFartherFromTheTruthThanTheTruth) {
  Pictures faded;
  CAPI_OK(betwixt_pictures_dissolve(pictures, 0, kCount - 1, kCount, &faded, &error));
  auto against = sized<betwixt_measure_options>();
  against.truth = against.set = pictures;
  against.has_ends = 1;
  against.to = kCount - 1;
  auto found = sized<betwixt_measures>();
  CAPI_OK(betwixt_pictures_measure(faded, &against, &found, &error));
  EXPECT_EQ(found.start_error, 0);
  EXPECT_EQ(found.end_error, 0);
  EXPECT_LT(found.psnr_worst, 20);
  EXPECT_LT(found.ssim_worst, found.ssim);
  EXPECT_GT(found.nearest_mse, 100);
  against.to = 1;
  CAPI_OK(betwixt_pictures_measure(faded, &against, &found, &error));
  // Two columns of eight differ by 210 of 255.
  EXPECT_NEAR(found.end_error, 2.0 / 8 * (210.0 / 255) * (210.0 / 255), 1e-9);
}

TEST_F(CApi, PlaybackShowsPicturesOfTheSet) {
  Pictures faded, played;
  CAPI_OK(betwixt_pictures_rename(pictures, 5, "last", &error));
  CAPI_OK(betwixt_pictures_dissolve(pictures, 0, 5, 4, &faded, &error));
  CAPI_OK(betwixt_pictures_nearest(faded, pictures, &played, &error));
  const auto shown = pixels_of(played, 4), known = column_pixels();
  EXPECT_TRUE(std::equal(shown.begin(), shown.begin() + kBytes, known.begin()));
  EXPECT_TRUE(std::equal(shown.end() - kBytes, shown.end(), known.end() - kBytes));
  char name[8];
  CAPI_OK(betwixt_pictures_name(played, 3, name, 8, nullptr, &error));
  EXPECT_STREQ(name, "last");
}

TEST_F(CApi, WhatCannotBeMeasuredIsRefused) {
  Pictures none, wide;
  CAPI_OK(betwixt_pictures_create(kSide, kSide, 1, &none, &error));
  CAPI_OK(betwixt_pictures_dissolve(pictures, 0, 1, 2, &wide, &error));
  auto found = sized<betwixt_measures>();
  auto against = sized<betwixt_measure_options>();
  CAPI_FAILS(BETWIXT_E_ARGUMENT, "no pictures", betwixt_pictures_measure(none, nullptr, &found, &error));
  against.truth = wide;
  CAPI_FAILS(BETWIXT_E_SHAPE, "compare", betwixt_pictures_measure(pictures, &against, &found, &error));
  against = sized<betwixt_measure_options>();
  against.has_ends = 1;
  CAPI_FAILS(BETWIXT_E_ARGUMENT, "set", betwixt_pictures_measure(pictures, &against, &found, &error));
  against.set = pictures;
  against.to = kCount;
  CAPI_FAILS(BETWIXT_E_ARGUMENT, "", betwixt_pictures_measure(pictures, &against, &found, &error));
  against.set = none;
  CAPI_FAILS(BETWIXT_E_MISSING, "", betwixt_pictures_measure(pictures, &against, &found, &error));
  Pictures made;
  CAPI_FAILS(BETWIXT_E_ARGUMENT, "frames", betwixt_pictures_dissolve(pictures, 0, 1, 1, &made, &error));
  CAPI_FAILS(BETWIXT_E_ARGUMENT, "", betwixt_pictures_dissolve(pictures, 0, 99, 4, &made, &error));
  CAPI_FAILS(BETWIXT_E_MISSING, "", betwixt_pictures_nearest(pictures, none, &made, &error));
}

}  // namespace
