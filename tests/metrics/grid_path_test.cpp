// SPDX-License-Identifier: MIT
#include "betwixt/metrics/grid_path.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "betwixt/core/error.h"
#include "betwixt/core/philox.h"

namespace betwixt {
namespace {

/// Pictures of 2x2 pixels that tell row and column of a grid.
Images grid_pictures(const FactorGrid& grid) {
  Images set(grid.rows * grid.columns, 2, 2, 1);
  for (std::int64_t i = 0; i < set.count; ++i) {
    const auto row = static_cast<std::uint8_t>(20 * (i / grid.columns)),
               column = static_cast<std::uint8_t>(20 * (i % grid.columns));
    const auto pixels = set.picture(i);
    pixels[0] = row;
    pixels[1] = column;
    pixels[2] = static_cast<std::uint8_t>(255 - row);
    pixels[3] = static_cast<std::uint8_t>(255 - column);
  }
  return set;
}

double squared(const Images& frames, std::int64_t f, const Images& set, std::int64_t i) {
  double sum = 0;
  for (std::size_t p = 0; p < frames.picture_bytes(); ++p) {
    const double d = double{1} * frames.picture(f)[p] - set.picture(i)[p];
    sum += d * d;
  }
  return sum;
}

/// All sequences, one after another.
double by_trying(const Images& frames, const Images& set, const FactorGrid& grid, std::int64_t at, std::int64_t to,
                 int reach, std::int64_t f = 0) {
  const double here = squared(frames, f, set, at);
  if (f + 1 == frames.count) return at == to ? here : std::numeric_limits<double>::infinity();
  double best = std::numeric_limits<double>::infinity();
  for (std::int64_t next = 0; next < set.count; ++next)
    if (std::abs(next / grid.columns - at / grid.columns) <= reach &&
        std::abs(next % grid.columns - at % grid.columns) <= reach)
      best = std::min(best, by_trying(frames, set, grid, next, to, reach, f + 1));
  return here + best;
}

TEST(PerfectGridPath, FindsWhatTryingEverySequenceFinds) {
  const FactorGrid grid{.rows = 3, .columns = 4};
  const Images set = grid_pictures(grid);
  const RandomStream stream(7, "frames");
  for (std::uint32_t round = 0; round < 20; ++round) {
    Images frames(5, 2, 2, 1);
    for (std::uint32_t i = 0; i < frames.pixels.size(); ++i)
      frames.pixels[i] = static_cast<std::uint8_t>(philox({i, round, 0, 0}, stream.key())[0]);
    const GridPath found = perfect_grid_path(frames, set, grid, 0, 11, 1);
    EXPECT_NEAR(found.score, by_trying(frames, set, grid, 0, 11, 1) / 20, 1e-9);
    ASSERT_EQ(found.pictures.size(), 5u);
    double sum = 0;
    for (std::int64_t f = 0; f < 5; ++f) sum += squared(frames, f, set, found.pictures[static_cast<std::size_t>(f)]);
    EXPECT_NEAR(found.score, sum / 20, 1e-9) << "the sequence has the score";
    EXPECT_EQ(found.pictures.front(), 0);
    EXPECT_EQ(found.pictures.back(), 11);
  }
}

TEST(PerfectGridPath, ATrueWalkScoresZeroAndAJumpDoesNot) {
  const FactorGrid grid{.rows = 5, .columns = 5};
  const Images set = grid_pictures(grid);
  const std::vector<std::int64_t> walk{0, 6, 12, 18, 24}, jump{0, 0, 24, 24, 24};
  EXPECT_EQ(perfect_grid_path(set.select(walk), set, grid, 0, 24).score, 0);
  EXPECT_EQ(perfect_grid_path(set.select(walk), set, grid, 0, 24).pictures, walk);
  EXPECT_GT(perfect_grid_path(set.select(jump), set, grid, 0, 24).score, 0) << "imse would be 0";
  EXPECT_THROW((void)perfect_grid_path(set.select(walk), set, {.rows = 5, .columns = 4}, 0, 24), Error);
  EXPECT_THROW((void)perfect_grid_path(set.select(jump).select(std::vector<std::int64_t>{0, 1}), set, grid, 0, 24, 1),
               Error)
      << "out of reach";
}

TEST(PerfectGridPath, GoesRoundWhereAFactorWraps) {
  const FactorGrid grid{.rows = 1, .columns = 10, .columns_wrap = true};
  const Images set = grid_pictures(grid);
  const std::vector<std::int64_t> over{8, 9, 0, 1};
  EXPECT_EQ(perfect_grid_path(set.select(over), set, grid, 8, 1, 1).score, 0);
  EXPECT_NEAR(factor_smoothness(over, grid), 0, 1e-12);
}

TEST(FactorSmoothness, IsZeroForEvenMotionAndNearOneForAJump) {
  const FactorGrid grid{.rows = 1, .columns = 11};
  EXPECT_NEAR(factor_smoothness(std::vector<std::int64_t>{0, 2, 4, 6, 8, 10}, grid), 0, 1e-12);
  EXPECT_NEAR(factor_smoothness(std::vector<std::int64_t>{0, 0, 0, 10, 10, 10}, grid), 1 - 1.0 / 5, 1e-12);
  EXPECT_EQ(factor_smoothness(std::vector<std::int64_t>{3, 3}, grid), 0);
  EXPECT_TRUE(std::isinf(factor_smoothness(std::vector<std::int64_t>{3, 4, 3}, grid)));
}

}  // namespace
}  // namespace betwixt
