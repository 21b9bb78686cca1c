// SPDX-License-Identifier: MIT
#include "betwixt/interp/shortest_path.h"

#include <algorithm>
#include <limits>
#include <queue>
#include <utility>

#include "betwixt/core/error.h"

namespace betwixt {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// One growing tree of shortest paths.
class Search {
 public:
  Search(const NeighbourGraph& graph, std::int64_t start)
      : graph_(graph),
        distance_(static_cast<std::size_t>(graph.nodes()), kInfinity),
        priority_(static_cast<std::size_t>(graph.nodes()), kInfinity),
        previous_(static_cast<std::size_t>(graph.nodes()), -1) {
    distance_[at(start)] = 0;
    push(start, 0);
  }

  bool done() {
    drop_outdated();
    return queue_.empty();
  }
  /// Priority of the node that comes next; only when not done.
  double next() const { return queue_.top().first; }
  double distance(std::int64_t node) const { return distance_[at(node)]; }
  const std::vector<double>& distances() const { return distance_; }

  /// Settles the next node and returns it. `estimate(node)` is a lower bound of the way left.
  template <class Estimate, class Reached>
  std::int64_t settle(Estimate&& estimate, Reached&& reached) {
    const std::int64_t node = queue_.top().second;
    queue_.pop();
    const std::span<const std::int32_t> links = graph_.links(node);
    const std::span<const double> lengths = graph_.lengths(node);
    for (std::size_t i = 0; i < links.size(); ++i) {
      const double way = distance_[at(node)] + lengths[i];
      if (!(way < distance_[at(links[i])])) continue;
      distance_[at(links[i])] = way;
      previous_[at(links[i])] = node;
      push(links[i], way + estimate(links[i]));
      reached(std::int64_t{links[i]});
    }
    return node;
  }

  /// From the start to `node`.
  std::vector<std::int64_t> trace(std::int64_t node) const {
    std::vector<std::int64_t> nodes;
    for (; node >= 0; node = previous_[at(node)]) nodes.push_back(node);
    std::reverse(nodes.begin(), nodes.end());
    return nodes;
  }

 private:
  using Item = std::pair<double, std::int64_t>;
  static std::size_t at(std::int64_t node) { return static_cast<std::size_t>(node); }

  void push(std::int64_t node, double priority) {
    priority_[at(node)] = priority;
    queue_.push({priority, node});
  }
  /// Entries of nodes that were reached on a shorter way since.
  void drop_outdated() {
    while (!queue_.empty() && queue_.top().first > priority_[at(queue_.top().second)]) queue_.pop();
  }

  const NeighbourGraph& graph_;
  std::vector<double> distance_;
  std::vector<double> priority_;
  std::vector<std::int64_t> previous_;
  std::priority_queue<Item, std::vector<Item>, std::greater<>> queue_;
};

constexpr auto kNoEstimate = [](std::int64_t) { return 0.0; };
constexpr auto kIgnore = [](std::int64_t) {};

[[noreturn]] void no_path(std::int64_t from, std::int64_t to) {
  throw Error(ErrorCode::kMissing, "shortest_path", "no path from node %lld to node %lld", static_cast<long long>(from),
              static_cast<long long>(to));
}

template <class Estimate>
std::vector<std::int64_t> one_way(const NeighbourGraph& graph, std::int64_t from, std::int64_t to,
                                  Estimate&& estimate) {
  Search search(graph, from);
  while (!search.done())
    if (search.settle(estimate, kIgnore) == to) return search.trace(to);
  no_path(from, to);
}

std::vector<std::int64_t> a_star(const NeighbourGraph& graph, std::int64_t from, std::int64_t to) {
  if (!graph.euclidean())
    throw Error(ErrorCode::kArgument, "shortest_path", "A* needs Euclidean edge lengths; this graph has its own");
  const std::span<const float> target = graph.position(to);
  return one_way(graph, from, to, [&](std::int64_t node) { return distance(graph.position(node), target); });
}

std::vector<std::int64_t> both_ways(const NeighbourGraph& graph, std::int64_t from, std::int64_t to) {
  if (from == to) return {from};
  Search forward(graph, from), backward(graph, to);
  double best = kInfinity;
  std::int64_t meeting = -1;
  const auto meet = [&](std::int64_t node) {
    const double way = forward.distance(node) + backward.distance(node);
    if (way < best) {
      best = way;
      meeting = node;
    }
  };
  while (!forward.done() && !backward.done() && forward.next() + backward.next() < best) {
    Search& nearer = forward.next() <= backward.next() ? forward : backward;
    nearer.settle(kNoEstimate, meet);
  }
  if (meeting < 0) no_path(from, to);
  std::vector<std::int64_t> nodes = forward.trace(meeting);
  const std::vector<std::int64_t> rest = backward.trace(meeting);
  nodes.insert(nodes.end(), rest.rbegin() + 1, rest.rend());
  return nodes;
}

std::vector<std::int64_t> nodes_along(const NeighbourGraph& graph, std::int64_t from, std::int64_t to,
                                      PathSearch search) {
  switch (search) {
    case PathSearch::kAStar:
      return a_star(graph, from, to);
    case PathSearch::kBidirectional:
      return both_ways(graph, from, to);
    case PathSearch::kDijkstra:
      break;
  }
  return one_way(graph, from, to, kNoEstimate);
}

double length_along(const NeighbourGraph& graph, const std::vector<std::int64_t>& nodes) {
  double length = 0;
  for (std::size_t i = 1; i < nodes.size(); ++i) {
    const std::span<const std::int32_t> links = graph.links(nodes[i - 1]);
    const auto link = std::lower_bound(links.begin(), links.end(), static_cast<std::int32_t>(nodes[i]));
    length += graph.lengths(nodes[i - 1])[static_cast<std::size_t>(link - links.begin())];
  }
  return length;
}

}  // namespace

ShortestPath shortest_path(const NeighbourGraph& graph, std::int64_t from_node, std::int64_t to_node,
                           PathSearch search) {
  for (const std::int64_t node : {from_node, to_node}) static_cast<void>(graph.links(node));
  std::vector<std::int64_t> nodes = nodes_along(graph, from_node, to_node, search);
  const double length = length_along(graph, nodes);
  return {std::move(nodes), length};
}

std::vector<double> distances_from(const NeighbourGraph& graph, std::int64_t from_node) {
  static_cast<void>(graph.links(from_node));
  Search search(graph, from_node);
  while (!search.done()) search.settle(kNoEstimate, kIgnore);
  return search.distances();
}

CodePath graph_path(const NeighbourGraph& graph, std::int64_t from_code, std::int64_t to_code, PathSearch search) {
  const std::int64_t from = graph.node_of(from_code), to = graph.node_of(to_code);
  const ShortestPath shortest = shortest_path(graph, from, to, search);
  CodePath path;
  for (const std::int64_t node : shortest.nodes) path.codes.push_back(graph.representative(node));
  path.codes.front() = from_code;
  if (path.codes.size() > 1)
    path.codes.back() = to_code;
  else if (from_code != to_code)
    path.codes.push_back(to_code);
  path.points = graph.codes().select(path.codes);
  return path;
}

}  // namespace betwixt
