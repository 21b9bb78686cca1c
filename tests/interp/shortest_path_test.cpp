// SPDX-License-Identifier: MIT
#include "betwixt/interp/shortest_path.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <vector>

#include "betwixt/core/error.h"
#include "betwixt/interp/neighbour_search.h"
#include "random_codes.h"

namespace betwixt {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::vector<std::vector<double>> floyd_warshall(const NeighbourGraph& graph) {
  const std::size_t n = static_cast<std::size_t>(graph.nodes());
  std::vector<std::vector<double>> way(n, std::vector<double>(n, kInfinity));
  for (std::size_t i = 0; i < n; ++i) {
    way[i][i] = 0;
    const auto links = graph.links(static_cast<std::int64_t>(i));
    for (std::size_t e = 0; e < links.size(); ++e)
      way[i][static_cast<std::size_t>(links[e])] = graph.lengths(static_cast<std::int64_t>(i))[e];
  }
  for (std::size_t k = 0; k < n; ++k)
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j) way[i][j] = std::min(way[i][j], way[i][k] + way[k][j]);
  return way;
}

TEST(ShortestPath, EverySearchEqualsFloydWarshall) {
  for (const NeighbourGraphOptions& options :
       {NeighbourGraphOptions{}, NeighbourGraphOptions{.rule = GraphRule::kMutual, .k = 3},
        NeighbourGraphOptions{.rule = GraphRule::kSmallestEpsilon}}) {
    const NeighbourGraph graph(testing::random_codes(200, 2, 17), options);
    const auto way = floyd_warshall(graph);
    for (std::int64_t from = 0; from < 200; from += 13) {
      const std::vector<double> all = distances_from(graph, from);
      for (std::int64_t to = 0; to < 200; ++to) {
        const double expected = way[static_cast<std::size_t>(from)][static_cast<std::size_t>(to)];
        if (expected == kInfinity) {
          EXPECT_EQ(all[static_cast<std::size_t>(to)], kInfinity);
          continue;
        }
        EXPECT_NEAR(all[static_cast<std::size_t>(to)], expected, 1e-12);
        for (const PathSearch search : {PathSearch::kDijkstra, PathSearch::kAStar, PathSearch::kBidirectional}) {
          const ShortestPath path = shortest_path(graph, from, to, search);
          EXPECT_NEAR(path.length, expected, 1e-12);
          EXPECT_EQ(path.nodes.front(), from);
          EXPECT_EQ(path.nodes.back(), to);
        }
      }
    }
  }
}

TEST(ShortestPath, OwnLengthsChangeTheWay) {
  // A square with one corner made costly.
  const Codes square = Codes::of_rows(2, {0, 0, 1, 0, 1, 1, 0, 1});
  const auto costly = [](std::span<const Edge> edges) {
    std::vector<double> lengths;
    for (const Edge& edge : edges) lengths.push_back(edge.from == 1 || edge.to == 1 ? 10 : 1);
    return lengths;
  };
  const NeighbourGraph graph(square, {.rule = GraphRule::kEpsilon, .epsilon = 1, .lengths = costly});
  for (const PathSearch search : {PathSearch::kDijkstra, PathSearch::kBidirectional})
    EXPECT_EQ(shortest_path(graph, 0, 2, search).nodes, (std::vector<std::int64_t>{0, 3, 2}));
  try {
    shortest_path(graph, 0, 2, PathSearch::kAStar);
    FAIL() << "A* would be wrong here";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kArgument);
  }
}

TEST(ShortestPath, SaysWhenThereIsNone) {
  const NeighbourGraph graph(Codes::of_rows(1, {0, 1, 5, 6}), {.rule = GraphRule::kEpsilon, .epsilon = 1});
  for (const PathSearch search : {PathSearch::kDijkstra, PathSearch::kAStar, PathSearch::kBidirectional}) {
    try {
      shortest_path(graph, 0, 3, search);
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kMissing);
      EXPECT_NE(std::string(error.what()).find("no path"), std::string::npos);
    }
  }
  EXPECT_THROW(shortest_path(graph, -1, 0), Error);
  EXPECT_THROW(shortest_path(graph, 0, 4), Error);
  EXPECT_THROW(graph.path(0, 4), Error);
  EXPECT_EQ(shortest_path(graph, 2, 2, PathSearch::kBidirectional).nodes, (std::vector<std::int64_t>{2}));
}

TEST(ShortestPath, NeverShorterThanTheChord) {
  const Codes codes = testing::random_codes(500, 3, 23);
  const NeighbourGraph graph(codes);
  for (std::int64_t to = 1; to < 500; to += 7)
    EXPECT_GE(graph.path(0, to).length(), distance(codes.row(0), codes.row(to)) - 1e-6);
}

/// A horseshoe in the plane; the decoder is the identity, so codes are pictures.
TEST(Surfing, FollowsAHorseshoeThatTheStraightPathLeaves) {
  Codes horseshoe;
  for (int i = 0; i <= 120; ++i) {
    const double angle = std::numbers::pi * (0.1 + 1.8 * i / 120.0);
    horseshoe.append(std::vector<float>{static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))});
  }
  const double spacing = distance(horseshoe.row(0), horseshoe.row(1));
  const NeighbourSearch set(horseshoe);
  const auto mean_distance = [&](const CodePath& path) {
    const std::vector<double> distances = distances_to_set(path.points, set);
    return std::accumulate(distances.begin(), distances.end(), 0.0) / static_cast<double>(distances.size());
  };
  const NeighbourGraph graph(horseshoe);
  // From an end to the middle: the chord crosses the empty inside.
  EXPECT_GT(mean_distance(straight_path(horseshoe, 0, 60, 60)), 5 * spacing);
  EXPECT_LE(mean_distance(graph.path(0, 60).resample(60)), 1 * spacing);
  EXPECT_LE(mean_distance(graph.path(0, 60).smooth(2).per_edge(3)), 1 * spacing);
}

}  // namespace
}  // namespace betwixt
