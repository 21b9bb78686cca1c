// SPDX-License-Identifier: MIT
#include "betwixt/interp/neighbour_search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "betwixt/core/error.h"
#include "random_codes.h"

namespace betwixt {
namespace {

std::vector<Neighbour> all_by_distance(const Codes& codes, std::span<const float> query) {
  std::vector<Neighbour> all;
  for (std::int64_t i = 0; i < codes.count; ++i) all.push_back({i, distance(codes.row(i), query)});
  std::stable_sort(all.begin(), all.end(),
                   [](const Neighbour& a, const Neighbour& b) { return a.distance < b.distance; });
  return all;
}

void expect_same(const std::vector<Neighbour>& found, const std::vector<Neighbour>& expected, std::size_t count) {
  ASSERT_EQ(found.size(), count);
  for (std::size_t i = 0; i < count; ++i) {
    EXPECT_EQ(found[i].index, expected[i].index) << "rank " << i;
    EXPECT_EQ(found[i].distance, expected[i].distance);
  }
}

TEST(NeighbourSearch, FindsWhatAnExhaustiveSearchFindsInAnyDimension) {
  for (const int dimensions : {1, 2, 3, 7, 16, 40})
    for (const std::int64_t count : {1, 2, 31, 32, 33, 64, 65, 129, 500}) {
      const Codes codes = testing::random_codes(count, dimensions, 7);
      const NeighbourSearch search(codes);
      const Codes queries = testing::random_codes(5, dimensions, 8);
      for (std::int64_t q = 0; q < queries.count; ++q) {
        const auto expected = all_by_distance(codes, queries.row(q));
        const std::int64_t k = std::min<std::int64_t>(count, 11);
        expect_same(search.nearest(queries.row(q), k), expected, static_cast<std::size_t>(k));
      }
    }
}

TEST(NeighbourSearch, TiesGoToTheLowestIndex) {
  const Codes codes = testing::lattice_codes(600, 2, 3, 6);
  const NeighbourSearch search(codes);
  for (std::int64_t q = 0; q < 50; ++q)
    expect_same(search.nearest(codes.row(q), 40), all_by_distance(codes, codes.row(q)), 40);
}

TEST(NeighbourSearch, RadiusIsInclusiveAndSorted) {
  const Codes codes = Codes::of_rows(1, {0, 1, 2, 3, 4});
  const auto found = NeighbourSearch(codes).within(codes.row(2), 1.0);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].index, 2);
  EXPECT_EQ(found[1].index, 1);
  EXPECT_EQ(found[2].index, 3);
}

TEST(NeighbourSearch, HugeAndTinyNumbersStayExact) {
  for (const float scale : {1e-30f, 1e-20f, 1e18f, 1e30f}) {
    Codes codes = testing::random_codes(200, 3, 11);
    for (float& value : codes.values) value *= scale;
    const NeighbourSearch search(codes);
    expect_same(search.nearest(codes.row(5), 9), all_by_distance(codes, codes.row(5)), 9);
  }
}

TEST(NeighbourSearch, AsksForMoreThanThereAre) {
  const Codes codes = testing::random_codes(4, 2, 1);
  EXPECT_EQ(NeighbourSearch(codes).nearest(codes.row(0), 100).size(), 4u);
  EXPECT_TRUE(NeighbourSearch(Codes()).nearest(codes.row(0), 3).empty());
  EXPECT_THROW(NeighbourSearch(Codes()).nearest_of_each(codes), Error);
}

TEST(NeighbourSearch, SurvivesBeingMoved) {
  const Codes codes = testing::random_codes(300, 2, 1);
  NeighbourSearch search(codes);
  const NeighbourSearch moved = std::move(search);
  EXPECT_EQ(moved.nearest(codes.row(17), 1).front().index, 17);
}

TEST(NeighbourSearch, RefusesWhatCannotBeSearched) {
  Codes codes = testing::random_codes(4, 2, 1);
  EXPECT_THROW(NeighbourSearch(codes).nearest(std::vector<float>{1, 2, 3}, 1), Error);
  EXPECT_THROW(NeighbourSearch(codes).nearest(codes.row(0), 0), Error);
  codes.values[3] = std::numeric_limits<float>::quiet_NaN();
  try {
    const NeighbourSearch search(codes);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFinite);
  }
}

TEST(FarthestPair, ComparesAllPairs) {
  const Codes codes = Codes::of_rows(2, {0, 0, 5, 0, 5, 5, -1, -1, 2, 2});
  const CodePair pair = farthest_pair(codes);
  EXPECT_EQ(pair.first, 2);
  EXPECT_EQ(pair.second, 3);
  EXPECT_NEAR(pair.distance, std::sqrt(72.0), 1e-12);
  EXPECT_EQ(farthest_pair(Codes::of_rows(1, {3})).distance, 0);
  EXPECT_THROW(farthest_pair(Codes()), Error);
}

TEST(FarthestPair, SweepsFindTheTrueEndsOfALongCloud) {
  Codes codes = testing::random_codes(20001, 2, 5);
  for (std::int64_t i = 0; i < codes.count; ++i) codes.row(i)[0] *= 3;
  codes.row(12345)[0] = -4;
  codes.row(54)[0] = 6;
  const CodePair pair = farthest_pair(codes);
  EXPECT_EQ(pair.first, 54);
  EXPECT_EQ(pair.second, 12345);
}

}  // namespace
}  // namespace betwixt
