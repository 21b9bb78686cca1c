// SPDX-License-Identifier: MIT
#include "betwixt/metrics/path_measures.h"

#include <gtest/gtest.h>

#include <vector>

#include "betwixt/core/error.h"
#include "betwixt/interp/frames.h"
#include "betwixt/metrics/nearest_picture.h"

namespace betwixt {
namespace {

/// Grey pictures of one pixel.
Images pixels(std::vector<std::uint8_t> values) {
  Images images(static_cast<std::int64_t>(values.size()), 1, 1, 1);
  images.pixels = std::move(values);
  return images;
}

TEST(PathMeasures, ImseIsTheDistanceToTheNearestPicture) {
  EXPECT_DOUBLE_EQ(imse(pixels({10, 105}), pixels({250, 100})), (90.0 * 90 + 25) / 2);
  EXPECT_DOUBLE_EQ(imse(pixels({250, 100, 250}), pixels({250, 100})), 0);
}

TEST(PathMeasures, WrappedImseReproducesThePublishedArithmetic) {
  EXPECT_DOUBLE_EQ(imse_u8wrap(pixels({10}), pixels({250})), 0);  // 10 - 250 = 16, 16 * 16 = 0 modulo 256
  EXPECT_DOUBLE_EQ(imse_u8wrap(pixels({10}), pixels({5})), 25);
  EXPECT_DOUBLE_EQ(imse_u8wrap(pixels({30}), pixels({10})), 144);  // 400 modulo 256
}

TEST(PathMeasures, StepUniformityIsOneForEvenMotionAndCountsAtAJump) {
  EXPECT_DOUBLE_EQ(step_uniformity(pixels({0, 10, 20, 30})), 1);
  EXPECT_DOUBLE_EQ(step_uniformity(pixels({0, 0, 0, 30})), 3);
  EXPECT_DOUBLE_EQ(step_uniformity(pixels({7, 7})), 1);
  const std::vector<float> rows{0, 0, 3, 4, 6, 8};
  EXPECT_DOUBLE_EQ(step_uniformity(rows, 2), 1);
  EXPECT_THROW(step_uniformity(pixels({7})), Error);
}

TEST(PathMeasures, BoundaryErrorLooksAtBothEnds) {
  const BoundaryError error = boundary_error(pixels({0, 50, 255}), pixels({255, 255}), 0, 1);
  EXPECT_DOUBLE_EQ(error.start, 1);
  EXPECT_DOUBLE_EQ(error.end, 0);
}

TEST(PathMeasures, PerfectPathPicksTheClosestTrueSequence) {
  const std::vector<Images> truth{pixels({0, 100, 200}), pixels({0, 52, 200})};
  const PerfectPath best = perfect_path(pixels({0, 50, 200}), truth);
  EXPECT_EQ(best.sequence, 1);
  EXPECT_NEAR(best.score, 4.0 / 3, 1e-9);
  EXPECT_THROW(perfect_path(pixels({0, 1}), truth), Error);
  EXPECT_THROW(perfect_path(pixels({0, 1}), {}), Error);
}

TEST(NearestPicture, TiesGoToTheLowestIndex) {
  const auto found = nearest_pictures(pixels({10}), pixels({12, 8, 12}));
  EXPECT_EQ(found[0].index, 0);
  EXPECT_EQ(found[0].squared, 4);
  EXPECT_THROW(nearest_pictures(pixels({10}), Images(0, 1, 1, 1)), Error);
  EXPECT_THROW(nearest_pictures(pixels({10}), Images(1, 1, 2, 1)), Error);
}

TEST(Baselines, CrossDissolveRoundsAndEndsExactly) {
  EXPECT_EQ(cross_dissolve(pixels({0, 5}), 0, 1, 3).pixels, (std::vector<std::uint8_t>{0, 3, 5}));
  const std::vector<double> keys{0, 2, 4}, times{-1, 1, 2, 3.5, 9};
  EXPECT_EQ(cross_dissolve(pixels({0, 100, 200}), keys, times).pixels,
            (std::vector<std::uint8_t>{0, 50, 100, 175, 200}));
}

TEST(Baselines, PlaybackShowsTheNearestKey) {
  const std::vector<double> keys{0, 2, 4}, times{-1, 1, 1.1, 2.9, 9};
  EXPECT_EQ(nearest_frame_playback(pixels({1, 2, 3}), keys, times).pixels, (std::vector<std::uint8_t>{1, 1, 2, 2, 3}));
  EXPECT_EQ(nearest_picture_playback(pixels({90, 10}), pixels({0, 100})).pixels, (std::vector<std::uint8_t>{100, 0}));
  const std::vector<double> backwards{2, 1, 0};
  EXPECT_THROW(nearest_frame_playback(pixels({1, 2, 3}), backwards, times), Error);
}

}  // namespace
}  // namespace betwixt
