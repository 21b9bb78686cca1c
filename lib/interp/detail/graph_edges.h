// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "betwixt/interp/detail/kd_tree.h"
#include "betwixt/interp/neighbour_graph.h"

namespace betwixt::detail {

using NodePair = std::pair<std::int32_t, std::int32_t>;

/// What a rule links, and the k or epsilon it came to.
struct RuleEdges {
  std::vector<NodePair> pairs;  ///< first < second, ascending, each once
  int k = 0;
  double epsilon = 0;
};

/// Nearest neighbours of every node of a tree, nearest first, row by row.
struct NearestLists {
  std::int64_t width = 0;
  std::vector<std::int32_t> nodes;

  std::span<const std::int32_t> of(std::int64_t node) const {
    return std::span(nodes).subspan(static_cast<std::size_t>(node * width), static_cast<std::size_t>(width));
  }
};

/// Lists of width k, at most nodes - 1. The pool, when there is one, shares the work; the result is the same.
NearestLists nearest_lists(const KdTree& tree, std::int64_t k, ThreadPool* pool);

/// The smallest k >= `first` whose graph is connected, with lists at least that wide where they are at hand (else
/// empty). Searches with k doubling and joins sets rank by rank; beyond the first lists only the links between sets
/// that are still apart are held. E_LIMIT where `k_limit` or `edge_limit` do not allow the k it takes.
struct ConnectingK {
  std::int64_t k = 0;
  NearestLists lists;
};
ConnectingK smallest_connecting_k(const KdTree& tree, const NeighbourGraphOptions& options);

/// Edges between the nodes of a tree after the rule in `options`, without the joining of components.
RuleEdges edges_of_rule(const KdTree& tree, const NeighbourGraphOptions& options);

}  // namespace betwixt::detail
