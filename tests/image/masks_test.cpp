// SPDX-License-Identifier: MIT
#include "betwixt/image/masks.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "betwixt/core/error.h"

namespace betwixt {
namespace {

double area(const Mask& mask) { return std::accumulate(mask.image().values.begin(), mask.image().values.end(), 0.0); }

TEST(Mask, ADiscHasItsAreaAndASmoothEdge) {
  for (const double feather : {0.5, 1.0, 6.0}) {
    const Mask mask = Mask(64, 65).disc({31.7, 30.2}, 20, {.feather = feather});
    EXPECT_NEAR(area(mask), std::numbers::pi * 400, 0.01 * std::numbers::pi * 400) << feather;
    EXPECT_EQ(mask.at(30, 32), 1);
    EXPECT_EQ(mask.at(0, 0), 0);
  }
}

TEST(Mask, TheRampIsAsWideAsTheFeatherAndHalfWayOnTheOutline) {
  const Mask mask = Mask(41, 41).disc({20, 20}, 10, {.feather = 8});
  EXPECT_EQ(mask.at(20, 26), 1);  // 4 pixels inside
  EXPECT_FLOAT_EQ(mask.at(20, 30), 0.5f);
  EXPECT_EQ(mask.at(20, 34), 0);  // 4 pixels outside
  for (int x = 26; x < 34; ++x) EXPECT_GT(mask.at(20, x), mask.at(20, x + 1)) << x;
}

TEST(Mask, WithoutFeatherThereAreOnlyZerosAndOnes) {
  const Mask mask = Mask(32, 32).disc({15, 15}, 9.3, {.feather = 0});
  for (const float value : mask.image().values) EXPECT_TRUE(value == 0 || value == 1);
  EXPECT_EQ(mask.at(15, 24), 1);
  EXPECT_EQ(mask.at(15, 25), 0);
}

TEST(Mask, AStrokeCoversItsWidthAlongTheWholeLine) {
  const Mask mask = Mask(40, 60).stroke(std::vector<Point>{{10, 20}, {50, 20}}, 7);
  // A bar of 40 by 7 with two half discs.
  EXPECT_NEAR(area(mask), 40 * 7 + std::numbers::pi * 3.5 * 3.5, 3);
  for (int x = 10; x <= 50; ++x) {
    EXPECT_EQ(mask.at(20, x), 1);
    EXPECT_EQ(mask.at(23, x), 1);
    EXPECT_EQ(mask.at(24, x), 0);
  }
}

TEST(Mask, AStrokeThatCrossesItselfCoversOnce) {
  const std::vector<Point> cross{{5, 5}, {25, 25}, {25, 5}, {5, 25}};
  const Mask mask = Mask(31, 31).stroke(cross, 4, {.opacity = 0.5});
  EXPECT_FLOAT_EQ(mask.at(15, 15), 0.5f);
  EXPECT_FLOAT_EQ(mask.at(10, 10), 0.5f);
}

TEST(Mask, APolygonFollowsTheEvenOddRule) {
  const std::vector<Point> square{{9.5, 9.5}, {29.5, 9.5}, {29.5, 29.5}, {9.5, 29.5}};
  const Mask mask = Mask(40, 40).polygon(square, {.feather = 0});
  EXPECT_EQ(area(mask), 400);
  EXPECT_EQ(mask.at(10, 10), 1);
  EXPECT_EQ(mask.at(9, 10), 0);
  std::vector<Point> star;  // a pentagram: its middle is outside
  for (int i = 0; i < 5; ++i) {
    const double angle = 2 * std::numbers::pi * 2 * i / 5;
    star.push_back({20 + 18 * std::sin(angle), 20 - 18 * std::cos(angle)});
  }
  const Mask hollow = Mask(40, 40).polygon(star);
  EXPECT_EQ(hollow.at(20, 20), 0);
  EXPECT_EQ(hollow.at(8, 20), 1);
}

TEST(Mask, ErasingTakesAwayAndShapesMayLeaveThePicture) {
  Mask mask(20, 20, 1);
  mask.disc({0, 0}, 8, {.value = 0}).disc({1e6, -1e6}, 3).stroke({}, 5);
  EXPECT_EQ(mask.at(0, 0), 0);
  EXPECT_EQ(mask.at(19, 19), 1);
  mask.invert();
  EXPECT_EQ(mask.at(0, 0), 1);
  EXPECT_EQ(mask.at(19, 19), 0);
}

TEST(Mask, SofteningKeepsTheAmountAndTheConstant) {
  Mask mask(41, 61);
  mask.disc({30, 20}, 6);
  const double before = area(mask);
  mask.soften(3);
  EXPECT_NEAR(area(mask), before, 1e-3 * before);
  EXPECT_LT(mask.at(20, 30), 1);
  EXPECT_GT(mask.at(20, 39), 0.02f);
  Mask full(7, 5, 1);
  full.soften(100);
  for (const float value : full.image().values) EXPECT_NEAR(value, 1, 1e-5);
}

TEST(Mask, ImpossibleNumbersAreRefused) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(Mask(0, 5), Error);
  EXPECT_THROW(Mask(5, 5).disc({nan, 0}, 1), Error);
  EXPECT_THROW(Mask(5, 5).disc({0, 0}, -1), Error);
  EXPECT_THROW(Mask(5, 5).disc({0, 0}, 1, {.feather = nan}), Error);
  EXPECT_THROW(Mask(5, 5).polygon(std::vector<Point>{{0, 0}, {1, 1}}), Error);
  EXPECT_THROW(Mask(5, 5).soften(-1), Error);
}

}  // namespace
}  // namespace betwixt
