// SPDX-License-Identifier: MIT
#include "betwixt/train/seeds.h"

#include <gtest/gtest.h>

#include <cmath>

#include "betwixt/core/error.h"

namespace betwixt {
namespace {

TEST(SeedsTest, MeanAndSpreadOverSeeds) {
  const Spread spread = over_seeds(5, 4, [](std::uint64_t seed) { return static_cast<double>(seed * seed); });
  EXPECT_EQ(spread.values, (std::vector<double>{25, 36, 49, 64}));
  EXPECT_DOUBLE_EQ(spread.mean, 43.5);
  EXPECT_DOUBLE_EQ(spread.deviation, std::sqrt((18.5 * 18.5 + 7.5 * 7.5 + 5.5 * 5.5 + 20.5 * 20.5) / 3));
  EXPECT_EQ(spread.smallest, 25);
  EXPECT_EQ(spread.largest, 64);
}

TEST(SeedsTest, AStoppedRunEndsTheSeries) {
  const Spread spread =
      over_seeds(0, 9, [](std::uint64_t seed) { return seed < 2 ? std::optional<double>(7) : std::nullopt; });
  EXPECT_EQ(spread.values.size(), 2u);
  EXPECT_EQ(spread.deviation, 0);
  EXPECT_EQ(spread_of({}).mean, 0);
  EXPECT_THROW(over_seeds(0, 0, nullptr), Error);
}

}  // namespace
}  // namespace betwixt
