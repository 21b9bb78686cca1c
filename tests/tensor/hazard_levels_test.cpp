// SPDX-License-Identifier: MIT
#include "betwixt/tensor/hazard_levels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

namespace betwixt::detail {
namespace {

using Use = HazardLevels::Use;

Use reads(std::uint64_t begin, std::uint64_t end, std::uint64_t buffer = 0) {
  return {buffer, begin, end, true, false};
}
Use writes(std::uint64_t begin, std::uint64_t end, std::uint64_t buffer = 0) {
  return {buffer, begin, end, false, true};
}

int add(HazardLevels& levels, const Use& use) {
  const int level = levels.earliest(use);
  levels.note(use, level);
  return level;
}

TEST(HazardLevels, ReadersStandSideBySide) {
  HazardLevels levels;
  EXPECT_EQ(add(levels, reads(0, 100)), 0);
  EXPECT_EQ(add(levels, reads(50, 150)), 0);
  EXPECT_EQ(add(levels, reads(0, 100, 1)), 0);
}

TEST(HazardLevels, AReadWaitsForTheWriteBefore) {
  HazardLevels levels;
  EXPECT_EQ(add(levels, writes(0, 100)), 0);
  EXPECT_EQ(add(levels, reads(99, 120)), 1);
  EXPECT_EQ(add(levels, reads(100, 120)), 0);
  EXPECT_EQ(add(levels, reads(0, 100, 1)), 0);
}

TEST(HazardLevels, AWriteWaitsForReadsAndWritesBefore) {
  HazardLevels levels;
  EXPECT_EQ(add(levels, reads(10, 20)), 0);
  EXPECT_EQ(add(levels, writes(0, 11)), 1);
  EXPECT_EQ(add(levels, writes(5, 6)), 2);
  EXPECT_EQ(add(levels, writes(15, 30)), 1);
  EXPECT_EQ(add(levels, reads(0, 30)), 3);
}

TEST(HazardLevels, EmptyRangesTouchNothing) {
  HazardLevels levels;
  add(levels, writes(0, 100));
  levels.note(writes(50, 50), 9);
  EXPECT_EQ(levels.earliest(reads(0, 100)), 1);
}

// Against the definition, pair by pair.
TEST(HazardLevels, AgreesWithComparingEveryPair) {
  std::mt19937 random(7);
  const auto below = [&](std::uint32_t limit) { return static_cast<std::uint64_t>(random() % limit); };
  for (int round = 0; round < 50; ++round) {
    HazardLevels levels;
    std::vector<Use> uses;
    std::vector<int> expected;
    for (int i = 0; i < 80; ++i) {
      const std::uint64_t begin = below(60);
      const Use use{below(2), begin, begin + 1 + below(20), random() % 2 == 0, random() % 3 == 0};
      int level = 0;
      for (std::size_t k = 0; k < uses.size(); ++k) {
        const bool meets = uses[k].buffer == use.buffer && uses[k].begin < use.end && use.begin < uses[k].end;
        const bool ordered = uses[k].writes || (uses[k].reads && use.writes);
        if (meets && ordered) level = std::max(level, expected[k] + 1);
      }
      uses.push_back(use);
      expected.push_back(level);
      ASSERT_EQ(add(levels, use), level) << "round " << round << " use " << i;
    }
  }
}

}  // namespace
}  // namespace betwixt::detail
