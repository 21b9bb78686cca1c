// SPDX-License-Identifier: MIT
#include "betwixt/interp/neighbour_graph.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "betwixt/core/error.h"
#include "betwixt/interp/detail/duplicates.h"
#include "betwixt/interp/detail/graph_edges.h"
#include "betwixt/interp/detail/spanning_tree.h"
#include "betwixt/interp/detail/union_find.h"
#include "betwixt/interp/shortest_path.h"

namespace betwixt {
namespace {

constexpr int kMostUsual = 8;

void check_options(const Codes& codes, const NeighbourGraphOptions& options) {
  codes.check("neighbour_graph");
  const auto refuse = [](const char* fact, double value) {
    throw Error(ErrorCode::kArgument, "neighbour_graph", "%s %g", fact, value);
  };
  if (codes.count == 0) refuse("number of codes", 0);
  if (options.k < 0) refuse("k", options.k);
  if (options.k_limit < 0) refuse("k_limit", options.k_limit);
  if (!(options.epsilon >= 0)) refuse("epsilon", options.epsilon);
  if (!(options.duplicate_tolerance >= 0 && options.duplicate_tolerance < 1))
    refuse("duplicate_tolerance", options.duplicate_tolerance);
  if (options.edge_limit < 0) refuse("edge_limit", static_cast<double>(options.edge_limit));
  if (options.length_batch < 1) refuse("length_batch", static_cast<double>(options.length_batch));
}

detail::UnionFind sets_of(std::int64_t nodes, std::span<const detail::NodePair> pairs) {
  detail::UnionFind sets(nodes);
  for (const auto& pair : pairs) sets.join(pair.first, pair.second);
  return sets;
}

void join_components(const detail::KdTree& tree, detail::UnionFind& sets, std::vector<detail::NodePair>& pairs) {
  for (const detail::TreeEdge& edge : detail::joining_edges(tree, sets))
    pairs.push_back(std::minmax({edge.from, edge.to}));
  std::sort(pairs.begin(), pairs.end());
}

std::vector<std::int64_t> link_offsets(std::int64_t nodes, std::span<const detail::NodePair> pairs) {
  std::vector<std::int64_t> offsets(static_cast<std::size_t>(nodes) + 1, 0);
  for (const auto& pair : pairs) {
    ++offsets[static_cast<std::size_t>(pair.first) + 1];
    ++offsets[static_cast<std::size_t>(pair.second) + 1];
  }
  std::partial_sum(offsets.begin(), offsets.end(), offsets.begin());
  return offsets;
}

/// Lays a value of every pair out at both its nodes: value(pair, from_first). The smaller neighbours of a node come
/// first, so links are ascending because the pairs are.
template <class Value>
auto at_both_nodes(std::span<const std::int64_t> offsets, std::span<const detail::NodePair> pairs, Value&& value) {
  std::vector<decltype(value(std::size_t{0}, true))> values(pairs.size() * 2);
  std::vector<std::int64_t> next(offsets.begin(), offsets.end() - 1);
  const auto place = [&](std::int32_t node) {
    return static_cast<std::size_t>(next[static_cast<std::size_t>(node)]++);
  };
  for (std::size_t i = 0; i < pairs.size(); ++i) values[place(pairs[i].second)] = value(i, false);
  for (std::size_t i = 0; i < pairs.size(); ++i) values[place(pairs[i].first)] = value(i, true);
  return values;
}

std::vector<double> checked_lengths(const NeighbourGraphOptions& options, std::span<const Edge> batch) {
  std::vector<double> found = options.lengths(batch);
  if (found.size() != batch.size())
    throw Error(ErrorCode::kShape, "neighbour_graph", "%zu edge lengths for %zu edges", found.size(), batch.size());
  for (const double length : found)
    if (!(std::isfinite(length) && length >= 0))
      throw Error(ErrorCode::kValue, "neighbour_graph", "an edge length of %g", length);
  return found;
}

/// Length of every pair of nodes, asked for in batches of codes.
std::vector<double> edge_lengths(const NeighbourGraph& graph, std::span<const detail::NodePair> pairs,
                                 const NeighbourGraphOptions& options) {
  std::vector<double> found;
  found.reserve(pairs.size());
  if (!options.lengths) {
    for (const auto& pair : pairs) found.push_back(distance(graph.position(pair.first), graph.position(pair.second)));
    return found;
  }
  std::vector<Edge> batch;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    batch.push_back({graph.representative(pairs[i].first), graph.representative(pairs[i].second)});
    if (static_cast<std::int64_t>(batch.size()) < options.length_batch && i + 1 < pairs.size()) continue;
    const std::vector<double> more = checked_lengths(options, batch);
    found.insert(found.end(), more.begin(), more.end());
    batch.clear();
  }
  return found;
}

/// [offsets[node], offsets[node + 1]) of `values`.
template <class T>
std::span<const T> row_of(const std::vector<T>& values, const std::vector<std::int64_t>& offsets, std::int64_t node) {
  const std::int64_t count = static_cast<std::int64_t>(offsets.size()) - 1;
  if (node < 0 || node >= count)
    throw Error(ErrorCode::kArgument, "neighbour_graph", "node %lld of %lld", static_cast<long long>(node),
                static_cast<long long>(count));
  const std::size_t begin = static_cast<std::size_t>(offsets[static_cast<std::size_t>(node)]);
  const std::size_t end = static_cast<std::size_t>(offsets[static_cast<std::size_t>(node) + 1]);
  return std::span(values).subspan(begin, end - begin);
}

}  // namespace

int usual_neighbours(std::int64_t codes) {
  const double logarithm = std::log(static_cast<double>(std::max<std::int64_t>(codes, 2)));
  return std::min(kMostUsual, static_cast<int>(std::ceil(logarithm)));
}

NeighbourGraph::NeighbourGraph(Codes codes, const NeighbourGraphOptions& wanted) : codes_(std::move(codes)) {
  check_options(codes_, wanted);
  NeighbourGraphOptions options = wanted;
  detail::MergedCodes merged =
      detail::merge_duplicates(codes_, options.duplicate_tolerance * bounding_diagonal(codes_));
  node_of_ = std::move(merged.group_of);
  members_ = std::move(merged.members);
  member_offsets_ = std::move(merged.offsets);
  const std::int64_t node_count = merged.nodes.count;
  if (options.k == 0) options.k = usual_neighbours(node_count);
  const detail::KdTree tree(merged.nodes);
  detail::RuleEdges found = detail::edges_of_rule(tree, options);
  detail::UnionFind sets = sets_of(node_count, found.pairs);
  if (options.join_components && sets.sets() > 1) join_components(tree, sets, found.pairs);
  k_ = found.k;
  epsilon_ = found.epsilon;
  euclidean_ = !options.lengths;
  components_ = sets.sets();
  offsets_ = link_offsets(node_count, found.pairs);
  links_ = at_both_nodes(offsets_, found.pairs, [&](std::size_t i, bool from_first) {
    return from_first ? found.pairs[i].second : found.pairs[i].first;
  });
  const std::vector<double> measured = edge_lengths(*this, found.pairs, options);
  lengths_ = at_both_nodes(offsets_, found.pairs, [&](std::size_t i, bool) { return measured[i]; });
}

std::int64_t NeighbourGraph::node_of(std::int64_t code) const {
  if (code < 0 || code >= codes_.count)
    throw Error(ErrorCode::kArgument, "neighbour_graph", "code %lld of %lld", static_cast<long long>(code),
                static_cast<long long>(codes_.count));
  return node_of_[static_cast<std::size_t>(code)];
}

std::span<const std::int64_t> NeighbourGraph::members(std::int64_t node) const {
  return row_of(members_, member_offsets_, node);
}

std::span<const std::int32_t> NeighbourGraph::links(std::int64_t node) const { return row_of(links_, offsets_, node); }

std::span<const double> NeighbourGraph::lengths(std::int64_t node) const { return row_of(lengths_, offsets_, node); }

std::vector<Edge> NeighbourGraph::edge_list() const {
  std::vector<Edge> list;
  list.reserve(static_cast<std::size_t>(edges()));
  for (std::int64_t node = 0; node < nodes(); ++node)
    for (const std::int32_t other : links(node))
      if (other > node) list.push_back({node, other});
  return list;
}

CodePath NeighbourGraph::path(std::int64_t from_code, std::int64_t to_code) const {
  return graph_path(*this, from_code, to_code);
}

}  // namespace betwixt
