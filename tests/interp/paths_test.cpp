// SPDX-License-Identifier: MIT
#include "betwixt/interp/paths.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "betwixt/core/error.h"

namespace betwixt {
namespace {

CodePath corner() { return {Codes::of_rows(2, {0, 0, 3, 0, 3, 1}), {5, 6, 7}}; }

TEST(Paths, StraightPathIsEvenAndEndsExactly) {
  const std::vector<float> a{0.1f, -0.3f}, b{0.7f, 0.9f};
  const CodePath path = straight_path(a, b, 7);
  ASSERT_EQ(path.points.count, 7);
  EXPECT_EQ(path.points.row(0)[0], a[0]);
  EXPECT_EQ(path.points.row(6)[1], b[1]);
  EXPECT_NEAR(path.points.row(3)[1], 0.3f, 1e-6);
}

TEST(Paths, SlerpKeepsTheNormAndTheAngleSpeed) {
  const std::vector<float> a{1, 0, 0}, b{0, 1, 0};
  for (const double alpha : {0.0, 0.25, 0.5, 1.0}) {
    const std::vector<float> z = slerp(a, b, alpha);
    EXPECT_NEAR(std::hypot(z[0], z[1], z[2]), 1, 1e-6);
    EXPECT_NEAR(std::atan2(z[1], z[0]), alpha * std::acos(-1.0) / 2, 1e-6);
  }
  EXPECT_NEAR(slerp(std::vector<float>{2, 0}, std::vector<float>{0, 4}, 0.5)[1], 4 * std::sqrt(0.5), 1e-5);
}

TEST(Paths, SlerpFallsBackToStraightWhereTheAngleVanishes) {
  const std::vector<float> a{1, 2}, twice{2, 4}, zero{0, 0}, opposite{-1, -2};
  EXPECT_FLOAT_EQ(slerp(a, twice, 0.5)[1], 3);
  EXPECT_FLOAT_EQ(slerp(a, zero, 0.25)[0], 0.75f);
  EXPECT_NEAR(slerp(a, opposite, 0.5)[0], 0, 1e-6);
}

TEST(Paths, ResamplingIsEvenByArcLengthAndKeepsTheEnds) {
  const CodePath path = corner().resample(5);
  ASSERT_EQ(path.points.count, 5);
  for (int i = 0; i < 4; ++i) EXPECT_FLOAT_EQ(path.points.row(i)[0], std::min(3, i)) << i;
  EXPECT_FLOAT_EQ(path.points.row(4)[1], 1);
  EXPECT_EQ(path.codes, (std::vector<std::int64_t>{5, -1, -1, -1, 7}));
  EXPECT_EQ(corner().resample(1).points.count, 1);
  EXPECT_DOUBLE_EQ(corner().length(), 4);
}

TEST(Paths, PerEdgeCountsSharedPointsOnce) {
  const CodePath path = corner().per_edge(3);
  ASSERT_EQ(path.points.count, 5);
  EXPECT_EQ(path.codes, (std::vector<std::int64_t>{5, -1, 6, -1, 7}));
  EXPECT_FLOAT_EQ(path.points.row(1)[0], 1.5f);
  EXPECT_FLOAT_EQ(path.points.row(3)[1], 0.5f);
  EXPECT_EQ(corner().per_edge(2).points.values, corner().points.values);
}

TEST(Paths, SmoothingRoundsCornersAndKeepsEnds) {
  const CodePath path = corner().smooth();
  EXPECT_FLOAT_EQ(path.points.row(1)[0], 2.25f);
  EXPECT_FLOAT_EQ(path.points.row(1)[1], 0.25f);
  EXPECT_FLOAT_EQ(path.points.row(2)[1], 1);
  EXPECT_EQ(path.codes, (std::vector<std::int64_t>{5, -1, 7}));
  EXPECT_EQ(corner().smooth(0).points.values, corner().points.values);
}

TEST(Paths, ExtendingRunsStraightOnBeyondTheEnds) {
  const std::vector<float> a{0, 0}, b{2, 0};
  const CodePath path = straight_path(a, b).extend(0.25, 0.5);
  ASSERT_EQ(path.points.count, 4);
  EXPECT_FLOAT_EQ(path.points.row(0)[0], -0.5f);
  EXPECT_FLOAT_EQ(path.points.row(3)[0], 3);
  EXPECT_FLOAT_EQ(corner().extend(0, 0.5).points.row(3)[1], 3);
  EXPECT_EQ(corner().extend(0, 0).points.count, 3);
}

TEST(Paths, StoryboardVisitsEveryKeyOnce) {
  const Codes codes = Codes::of_rows(1, {0, 10, 4});
  const std::vector<std::int64_t> keys{0, 1, 2};
  const CodePath path = storyboard(keys, [&](std::int64_t i, std::int64_t j) { return straight_path(codes, i, j, 3); });
  EXPECT_EQ(path.points.values, (std::vector<float>{0, 5, 10, 7, 4}));
  EXPECT_EQ(path.codes, (std::vector<std::int64_t>{0, -1, 1, -1, 2}));
  EXPECT_THROW(storyboard({}, [&](std::int64_t i, std::int64_t j) { return straight_path(codes, i, j); }), Error);
}

TEST(Paths, PathsWithoutLength) {
  const std::vector<float> a{1, 1};
  EXPECT_EQ(straight_path(a, a).resample(4).points.count, 4);
  const CodePath one{Codes::of_rows(2, {1, 1}), {}};
  EXPECT_EQ(one.resample(3).points.count, 3);
  EXPECT_EQ(one.per_edge(5).points.count, 1);
  EXPECT_EQ(one.extend(1, 1).points.count, 1);
}

TEST(Paths, RefusesImpossibleRequests) {
  const std::vector<float> a{1}, b{1, 2};
  EXPECT_THROW(straight_path(a, b), Error);
  EXPECT_THROW(straight_path(b, b, 1), Error);
  EXPECT_THROW(corner().resample(0), Error);
  EXPECT_THROW(corner().per_edge(1), Error);
  EXPECT_THROW(corner().smooth(-1), Error);
  EXPECT_THROW(corner().extend(-1, 0), Error);
  EXPECT_THROW(CodePath().resample(2), Error);
}

}  // namespace
}  // namespace betwixt
