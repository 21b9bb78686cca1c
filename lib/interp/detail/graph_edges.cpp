// SPDX-License-Identifier: MIT
#include "betwixt/interp/detail/graph_edges.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "betwixt/core/error.h"
#include "betwixt/core/thread_pool.h"
#include "betwixt/interp/detail/spanning_tree.h"
#include "betwixt/interp/detail/union_find.h"

namespace betwixt::detail {
namespace {

constexpr std::int64_t kFirstSearch = 8;
constexpr std::int64_t kChunks = 256;

std::int64_t count_of(const KdTree& tree) { return static_cast<std::int64_t>(tree.order().size()); }

/// Calls visit(node, neighbours nearest first) for every node.
template <class Visit>
void for_each_nearest(const KdTree& tree, std::int64_t k, Visit&& visit) {
  NearestVisitor visitor(static_cast<std::size_t>(k), -1);
  for (const std::int32_t node : tree.order()) {
    visitor.restart(node);
    tree.search(tree.codes().row(node), visitor);
    visit(node, visitor.sorted());
  }
}

/// Joins nodes rank by rank; the rank that made all one, or 0.
std::int64_t join_lists(const NearestLists& lists, std::int64_t count, UnionFind& sets) {
  for (std::int64_t rank = 0; rank < lists.width; ++rank) {
    for (std::int64_t node = 0; node < count; ++node)
      sets.join(static_cast<std::int32_t>(node), lists.of(node)[static_cast<std::size_t>(rank)]);
    if (sets.sets() == 1) return rank + 1;
  }
  return 0;
}

/// Smallest rank at which two sets, apart so far, see each other.
using SetLinks = std::map<NodePair, std::int64_t>;

SetLinks links_between_sets(const KdTree& tree, std::int64_t from_rank, std::int64_t to_rank, UnionFind& sets) {
  SetLinks links;
  for_each_nearest(tree, to_rank, [&](std::int32_t node, std::span<const NearestVisitor::Found> found) {
    const std::int32_t own = sets.find(node);
    for (std::int64_t rank = from_rank; rank <= to_rank; ++rank) {
      const std::int32_t other = sets.find(found[static_cast<std::size_t>(rank - 1)].index);
      if (other == own) continue;
      const auto [place, fresh] = links.try_emplace(std::minmax({own, other}), rank);
      if (!fresh) place->second = std::min(place->second, rank);
    }
  });
  return links;
}

/// Joins sets in order of rank; the rank that makes them one, or 0 when they stay apart.
std::int64_t join_by_rank(const SetLinks& links, UnionFind& sets) {
  std::vector<std::pair<std::int64_t, NodePair>> ranked;
  for (const auto& [pair, rank] : links) ranked.emplace_back(rank, pair);
  std::sort(ranked.begin(), ranked.end());
  for (const auto& [rank, pair] : ranked) {
    sets.join(pair.first, pair.second);
    if (sets.sets() == 1) return rank;
  }
  return 0;
}

[[noreturn]] void beyond(const char* limit, std::int64_t allowed, const char* fact) {
  throw Error(ErrorCode::kLimit, "neighbour_graph", "%s", fact)
      .expected("at most %lld", static_cast<long long>(allowed))
      .limit(limit);
}

std::vector<NodePair> pairs_of_lists(const NearestLists& lists, std::int64_t count, std::int64_t k, bool mutual) {
  std::vector<NodePair> pairs;
  pairs.reserve(static_cast<std::size_t>(count * k));
  for (std::int64_t node = 0; node < count; ++node)
    for (const std::int32_t other : lists.of(node).first(static_cast<std::size_t>(k)))
      pairs.push_back(std::minmax({static_cast<std::int32_t>(node), other}));
  std::sort(pairs.begin(), pairs.end());
  if (!mutual) {
    pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
    return pairs;
  }
  std::vector<NodePair> twice;
  for (std::size_t i = 1; i < pairs.size(); ++i)
    if (pairs[i] == pairs[i - 1]) twice.push_back(pairs[i]);
  return twice;
}

struct WithinVisitor {
  double squared_radius;
  std::int32_t self;
  std::int64_t edge_limit;
  std::vector<NodePair>& pairs;

  double bound() const { return squared_radius; }
  bool skip(std::int32_t) const { return false; }
  void offer(std::int32_t index, double) {
    if (index <= self) return;
    if (static_cast<std::int64_t>(pairs.size()) >= edge_limit)
      beyond("edge_limit", edge_limit, "epsilon links too many");
    pairs.emplace_back(self, index);
  }
};

std::vector<NodePair> pairs_within(const KdTree& tree, double squared_radius, std::int64_t edge_limit) {
  std::vector<NodePair> pairs;
  for (const std::int32_t node : tree.order()) {
    WithinVisitor visitor{squared_radius, node, edge_limit, pairs};
    tree.search(tree.codes().row(node), visitor);
  }
  std::sort(pairs.begin(), pairs.end());
  return pairs;
}

double smallest_connecting_square(const KdTree& tree) {
  UnionFind sets(count_of(tree));
  double longest = 0;
  for (const TreeEdge& edge : joining_edges(tree, sets)) longest = std::max(longest, edge.squared);
  return longest;
}

RuleEdges nearest_edges(const KdTree& tree, const NeighbourGraphOptions& options) {
  const std::int64_t count = count_of(tree);
  ConnectingK found{std::min<std::int64_t>(options.k, count - 1), {}};
  if (options.rule == GraphRule::kSmallestK) found = smallest_connecting_k(tree, options);
  if (found.k == 0) return {};
  // Every node has k links, and each is seen from both its ends at most.
  if (count * found.k / 2 > options.edge_limit) beyond("edge_limit", options.edge_limit, "k links too many");
  if (found.lists.width < found.k) found.lists = nearest_lists(tree, found.k, options.pool);
  const bool mutual = options.rule == GraphRule::kMutual;
  return {pairs_of_lists(found.lists, count, found.k, mutual), static_cast<int>(found.k), 0};
}

}  // namespace

NearestLists nearest_lists(const KdTree& tree, std::int64_t k, ThreadPool* pool) {
  NearestLists lists{k, std::vector<std::int32_t>(static_cast<std::size_t>(count_of(tree) * k))};
  if (k < 1) return lists;
  // One visitor per chunk, made here: the pool's work must not throw.
  const std::int64_t grain = (count_of(tree) + kChunks - 1) / kChunks;
  std::vector<NearestVisitor> visitors;
  visitors.reserve(kChunks);
  for (std::int64_t i = 0; i < kChunks; ++i) visitors.emplace_back(static_cast<std::size_t>(k), -1);
  const auto fill = [&](std::int64_t begin, std::int64_t end) {
    NearestVisitor& visitor = visitors[static_cast<std::size_t>(begin / grain)];
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int32_t node = tree.order()[static_cast<std::size_t>(i)];
      visitor.restart(node);
      tree.search(tree.codes().row(node), visitor);
      std::int64_t place = node * k;
      for (const auto& item : visitor.sorted()) lists.nodes[static_cast<std::size_t>(place++)] = item.index;
    }
  };
  if (pool != nullptr)
    pool->parallel_for(count_of(tree), grain, fill);
  else
    for (std::int64_t i = 0; i < count_of(tree); i += grain) fill(i, std::min(i + grain, count_of(tree)));
  return lists;
}

ConnectingK smallest_connecting_k(const KdTree& tree, const NeighbourGraphOptions& options) {
  const std::int64_t count = count_of(tree), last = count - 1;
  if (last < 1) return {};
  std::int64_t allowed = std::min(last, 2 * options.edge_limit / count);
  if (options.k_limit > 0) allowed = std::min<std::int64_t>(allowed, options.k_limit);
  const std::int64_t first = std::min<std::int64_t>(options.k, last);
  UnionFind sets(count);
  std::int64_t searched = std::min(std::max(kFirstSearch, first), allowed);
  NearestLists lists = nearest_lists(tree, std::max<std::int64_t>(searched, 0), options.pool);
  std::int64_t k = join_lists(lists, count, sets);
  while (k == 0 && searched < allowed) {
    lists = {};
    const std::int64_t next = std::min(2 * searched, allowed);
    k = join_by_rank(links_between_sets(tree, searched + 1, next, sets), sets);
    searched = next;
  }
  if (k > 0 && std::max(k, first) <= allowed) return {std::max(k, first), std::move(lists)};
  if (options.k_limit > 0 && allowed == options.k_limit)
    beyond("k_limit", options.k_limit, "no k within the limit connects the codes");
  beyond("edge_limit", options.edge_limit, "the k that connects the codes links too many");
}

RuleEdges edges_of_rule(const KdTree& tree, const NeighbourGraphOptions& options) {
  if (options.rule != GraphRule::kSmallestEpsilon && options.rule != GraphRule::kEpsilon)
    return nearest_edges(tree, options);
  const double squared =
      options.rule == GraphRule::kEpsilon ? options.epsilon * options.epsilon : smallest_connecting_square(tree);
  const double epsilon = options.rule == GraphRule::kEpsilon ? options.epsilon : std::sqrt(squared);
  return {pairs_within(tree, squared, options.edge_limit), 0, epsilon};
}

}  // namespace betwixt::detail
