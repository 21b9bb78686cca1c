// SPDX-License-Identifier: MIT
#include "betwixt/interp/neighbour_graph.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

#include "betwixt/core/error.h"
#include "betwixt/core/thread_pool.h"
#include "random_codes.h"

namespace betwixt {
namespace {

using Pairs = std::set<std::pair<std::int64_t, std::int64_t>>;

Pairs pairs_of(const NeighbourGraph& graph) {
  Pairs pairs;
  for (const Edge& edge : graph.edge_list()) pairs.insert({edge.from, edge.to});
  return pairs;
}

/// The definition, by exhaustive search: rank of j in the list of i.
Pairs nearest_pairs(const Codes& codes, std::int64_t k, bool mutual) {
  std::set<std::pair<std::int64_t, std::int64_t>> directed;
  for (std::int64_t i = 0; i < codes.count; ++i) {
    std::vector<std::pair<double, std::int64_t>> others;
    for (std::int64_t j = 0; j < codes.count; ++j)
      if (j != i) others.push_back({distance(codes.row(i), codes.row(j)), j});
    std::sort(others.begin(), others.end());
    for (std::int64_t r = 0; r < k; ++r) directed.insert({i, others[static_cast<std::size_t>(r)].second});
  }
  Pairs pairs;
  for (const auto& link : directed)
    if (!mutual || directed.contains({link.second, link.first})) pairs.insert(std::minmax({link.first, link.second}));
  return pairs;
}

bool connected(const Pairs& pairs, std::int64_t nodes) {
  std::vector<std::int64_t> label(static_cast<std::size_t>(nodes));
  std::iota(label.begin(), label.end(), 0);
  for (bool changed = true; changed;) {
    changed = false;
    for (const auto& pair : pairs) {
      auto& a = label[static_cast<std::size_t>(pair.first)];
      auto& b = label[static_cast<std::size_t>(pair.second)];
      if (a == b) continue;
      a = b = std::min(a, b);
      changed = true;
    }
  }
  return std::all_of(label.begin(), label.end(), [](std::int64_t l) { return l == 0; });
}

/// Longest edge of the minimum spanning tree, by Prim.
double longest_tree_edge(const Codes& codes) {
  std::vector<double> reach(static_cast<std::size_t>(codes.count), 1e300);
  std::vector<bool> inside(reach.size());
  reach[0] = 0;
  double longest = 0;
  for (std::size_t n = 0; n < reach.size(); ++n) {
    std::size_t best = reach.size();
    for (std::size_t i = 0; i < reach.size(); ++i)
      if (!inside[i] && (best == reach.size() || reach[i] < reach[best])) best = i;
    inside[best] = true;
    longest = std::max(longest, reach[best]);
    for (std::size_t i = 0; i < reach.size(); ++i)
      reach[i] = std::min(
          reach[i], distance(codes.row(static_cast<std::int64_t>(best)), codes.row(static_cast<std::int64_t>(i))));
  }
  return longest;
}

/// Several tight clouds far from each other: the smallest connecting k is large.
Codes islands(int clouds, int each, int dimensions) {
  Codes codes = testing::random_codes(clouds * each, dimensions, 21);
  for (std::int64_t i = 0; i < codes.count; ++i) codes.row(i)[0] += static_cast<float>(10 * (i % clouds));
  return codes;
}

TEST(NeighbourGraph, SmallestKIsMinimal) {
  for (const Codes& codes : {testing::random_codes(300, 2, 1), testing::random_codes(200, 5, 2),
                             testing::lattice_codes(150, 3, 3, 40), islands(3, 30, 2), islands(5, 12, 3)}) {
    const NeighbourGraph graph(codes, {.k = 1});
    const std::int64_t nodes = graph.nodes();
    ASSERT_TRUE(graph.connected());
    std::vector<std::int64_t> firsts(static_cast<std::size_t>(nodes));
    for (std::int64_t n = 0; n < nodes; ++n) firsts[static_cast<std::size_t>(n)] = graph.representative(n);
    const Codes unique = codes.select(firsts);
    EXPECT_EQ(pairs_of(graph), nearest_pairs(unique, graph.k(), false));
    EXPECT_TRUE(connected(nearest_pairs(unique, graph.k(), false), nodes));
    if (graph.k() > 1) {
      EXPECT_FALSE(connected(nearest_pairs(unique, graph.k() - 1, false), nodes));
    }
  }
}

TEST(NeighbourGraph, KGrowsFromTheUsualUnlessAsked) {
  const Codes line = Codes::of_rows(1, {0, 1, 2.5f, 4.5f, 7});  // each one's nearest is on its left: k = 1 connects
  EXPECT_EQ(NeighbourGraph(line).k(), 2) << "the logarithm of five";
  EXPECT_EQ(NeighbourGraph(line, {.k = 3}).k(), 3);
  EXPECT_EQ(NeighbourGraph(line, {.k = 1}).k(), 1);
  EXPECT_EQ(NeighbourGraph(line, {.k = 1}).edges(), 4);
}

TEST(NeighbourGraph, UsualNeighboursAreEightAndLogarithmicallyFewerInSmallSets) {
  for (const auto& [codes, k] : std::vector<std::pair<std::int64_t, int>>{
           {1, 1}, {2, 1}, {3, 2}, {7, 2}, {8, 3}, {20, 3}, {40, 4}, {400, 6}, {1600, 8}, {1'000'000, 8}})
    EXPECT_EQ(usual_neighbours(codes), k) << codes;
  EXPECT_EQ(NeighbourGraph(testing::random_codes(400, 2, 5), {.rule = GraphRule::kNearest}).k(), 6);
  EXPECT_GT(NeighbourGraph(islands(3, 30, 2)).k(), 8) << "it still grows until all are connected";
}

TEST(NeighbourGraph, FixedAndMutualK) {
  const Codes codes = testing::lattice_codes(400, 3, 4, 1000);
  for (const int k : {1, 3, 9}) {
    EXPECT_EQ(pairs_of(NeighbourGraph(codes, {.rule = GraphRule::kNearest, .k = k})), nearest_pairs(codes, k, false));
    EXPECT_EQ(pairs_of(NeighbourGraph(codes, {.rule = GraphRule::kMutual, .k = k})), nearest_pairs(codes, k, true));
  }
}

TEST(NeighbourGraph, SmallestEpsilonIsTheLongestTreeEdge) {
  for (const Codes& codes : {testing::random_codes(400, 2, 1), testing::random_codes(150, 9, 2), islands(4, 25, 2)}) {
    const NeighbourGraph graph(codes, {.rule = GraphRule::kSmallestEpsilon});
    EXPECT_TRUE(graph.connected());
    EXPECT_EQ(graph.epsilon(), longest_tree_edge(codes));
    const NeighbourGraph below(codes, {.rule = GraphRule::kEpsilon, .epsilon = graph.epsilon() * (1 - 1e-12)});
    EXPECT_FALSE(below.connected());
    Pairs expected;
    for (std::int64_t i = 0; i < codes.count; ++i)
      for (std::int64_t j = i + 1; j < codes.count; ++j)
        if (distance(codes.row(i), codes.row(j)) <= graph.epsilon()) expected.insert({i, j});
    EXPECT_EQ(pairs_of(graph), expected);
  }
}

TEST(NeighbourGraph, JoiningComponentsAddsTheShortestBridges) {
  const Codes codes = Codes::of_rows(1, {0, 1, 2, 10, 11, 12, 30, 31});
  const NeighbourGraph apart(codes, {.rule = GraphRule::kEpsilon, .epsilon = 1});
  EXPECT_EQ(apart.components(), 3);
  const NeighbourGraph joined(codes, {.rule = GraphRule::kEpsilon, .epsilon = 1, .join_components = true});
  EXPECT_TRUE(joined.connected());
  Pairs expected = pairs_of(apart);
  expected.insert({2, 3});
  expected.insert({5, 6});
  EXPECT_EQ(pairs_of(joined), expected);
}

TEST(NeighbourGraph, RepeatedPicturesDoNotUseUpK) {
  // Without merging, two neighbours of every code would be its own copies and nothing would connect.
  Codes codes;
  for (int copy = 0; copy < 4; ++copy)
    for (int i = 0; i < 20; ++i) codes.append(std::vector<float>{static_cast<float>(i), 0.0f});
  const NeighbourGraph graph(codes, {.k = 2});
  EXPECT_EQ(graph.nodes(), 20);
  EXPECT_EQ(graph.k(), 2);
  EXPECT_EQ(graph.node_of(47), 7);
  EXPECT_EQ(std::vector<std::int64_t>(graph.members(7).begin(), graph.members(7).end()),
            (std::vector<std::int64_t>{7, 27, 47, 67}));
  const CodePath path = graph.path(60, 59);
  EXPECT_EQ(path.codes.front(), 60);
  EXPECT_EQ(path.codes.back(), 59);
  EXPECT_DOUBLE_EQ(path.length(), 19);
}

TEST(NeighbourGraph, NearlyEqualCodesMergeToTheLowest) {
  const Codes codes = Codes::of_rows(1, {5, 0, 5.000001f, 10, 4.999999f});
  EXPECT_EQ(NeighbourGraph(codes).nodes(), 3);
  EXPECT_EQ(NeighbourGraph(codes).representative(0), 0);
  EXPECT_EQ(NeighbourGraph(codes, {.duplicate_tolerance = 0}).nodes(), 5);
}

TEST(NeighbourGraph, OnePictureTwoPicturesAllTheSame) {
  const NeighbourGraph one(Codes::of_rows(2, {1, 2}));
  EXPECT_EQ(one.nodes(), 1);
  EXPECT_TRUE(one.connected());
  EXPECT_EQ(one.path(0, 0).points.count, 1);
  const NeighbourGraph two(Codes::of_rows(2, {1, 2, 3, 4}));
  EXPECT_EQ(two.k(), 1);
  EXPECT_EQ(two.edges(), 1);
  const NeighbourGraph same(Codes::of_rows(1, std::vector<float>(100, 3.5f)));
  EXPECT_EQ(same.nodes(), 1);
  EXPECT_EQ(same.path(4, 90).points.count, 2);
  for (const GraphRule rule : {GraphRule::kNearest, GraphRule::kMutual, GraphRule::kSmallestEpsilon}) {
    EXPECT_TRUE(NeighbourGraph(Codes::of_rows(2, {1, 2}), {.rule = rule}).connected());
    EXPECT_EQ(NeighbourGraph(Codes::of_rows(2, {1, 2, 3, 4}), {.rule = rule}).edges(), 1);
  }
  EXPECT_THROW(NeighbourGraph{Codes()}, Error);
}

TEST(NeighbourGraph, CollinearCodesMakeALine) {
  Codes codes;
  for (int i = 0; i < 50; ++i) codes.append(std::vector<float>{static_cast<float>(i) * 2, static_cast<float>(i), 7.0f});
  const NeighbourGraph graph(codes, {.rule = GraphRule::kSmallestEpsilon});
  EXPECT_EQ(graph.edges(), 49);
  EXPECT_NEAR(graph.path(0, 49).length(), distance(codes.row(0), codes.row(49)), 1e-9);
}

TEST(NeighbourGraph, OwnLengthsAreAskedForInBatchesAndUsed) {
  const Codes codes = testing::random_codes(100, 2, 9);
  std::size_t largest = 0, calls = 0;
  const NeighbourGraph graph(codes, {.lengths =
                                         [&](std::span<const Edge> edges) {
                                           largest = std::max(largest, edges.size());
                                           ++calls;
                                           std::vector<double> lengths;
                                           for (const Edge& edge : edges)
                                             lengths.push_back(static_cast<double>(edge.from * 1000 + edge.to));
                                           return lengths;
                                         },
                                     .length_batch = 16});
  EXPECT_EQ(largest, 16u);
  EXPECT_EQ(calls, static_cast<std::size_t>((graph.edges() + 15) / 16));
  EXPECT_FALSE(graph.euclidean());
  for (std::int64_t node = 0; node < graph.nodes(); ++node)
    for (std::size_t i = 0; i < graph.links(node).size(); ++i) {
      const std::int64_t other = graph.links(node)[i];
      EXPECT_EQ(graph.lengths(node)[i], static_cast<double>(std::min(node, other) * 1000 + std::max(node, other)));
    }
}

ErrorCode refusal(const Codes& codes, const NeighbourGraphOptions& options) {
  try {
    const NeighbourGraph graph(codes, options);
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::kOk;
}

TEST(NeighbourGraph, RefusesByName) {
  const Codes codes = islands(2, 40, 2);
  EXPECT_EQ(refusal(codes, {.k = -1}), ErrorCode::kArgument);
  EXPECT_EQ(refusal(codes, {.rule = GraphRule::kEpsilon, .epsilon = -1}), ErrorCode::kArgument);
  EXPECT_EQ(refusal(codes, {.k_limit = 20}), ErrorCode::kLimit);
  EXPECT_EQ(refusal(codes, {.edge_limit = 1000}), ErrorCode::kLimit);
  EXPECT_EQ(refusal(codes, {.rule = GraphRule::kEpsilon, .epsilon = 100, .edge_limit = 1000}), ErrorCode::kLimit);
  EXPECT_EQ(refusal(codes, {.lengths = [](std::span<const Edge>) { return std::vector<double>{}; }}),
            ErrorCode::kShape);
  EXPECT_EQ(refusal(codes, {.lengths = [](std::span<const Edge> e) { return std::vector<double>(e.size(), -1.0); }}),
            ErrorCode::kValue);
  EXPECT_EQ(refusal(codes, {}), ErrorCode::kOk);
}

TEST(NeighbourGraph, ThreadsChangeNothing) {
  const Codes codes = testing::random_codes(5000, 4, 13);
  ThreadPool pool(3);
  const NeighbourGraph alone(codes), shared(codes, {.pool = &pool});
  EXPECT_EQ(alone.k(), shared.k());
  EXPECT_EQ(pairs_of(alone), pairs_of(shared));
}

TEST(NeighbourGraph, ManyCodesStayLinear) {
  const Codes codes = testing::random_codes(100'000, 2, 31);
  const NeighbourGraph graph(codes);
  EXPECT_TRUE(graph.connected());
  EXPECT_LE(graph.k(), 12);
  const NeighbourGraph ball(codes, {.rule = GraphRule::kSmallestEpsilon});
  EXPECT_TRUE(ball.connected());
  const CodePair ends = farthest_pair(codes);
  EXPECT_GE(graph.path(ends.first, ends.second).length(), ends.distance);
  EXPECT_LE(graph.path(ends.first, ends.second).length(), ends.distance * 1.3);
}

}  // namespace
}  // namespace betwixt
