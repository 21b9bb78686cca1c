// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "betwixt/interp/neighbour_graph.h"

namespace betwixt {

/// How a shortest path is searched. All three find a path of the same length.
enum class PathSearch {
  kDijkstra,       ///< Dijkstra 1959, with a binary heap; stops at the target
  kAStar,          ///< Hart, Nilsson, Raphael 1968, guided by the straight distance; Euclidean lengths only
  kBidirectional,  ///< Dijkstra from both ends; looks at fewer nodes in large graphs
};

/// A way through a graph.
struct ShortestPath {
  std::vector<std::int64_t> nodes;  ///< from the first to the last, both included
  double length = 0;                ///< sum of the edge lengths along it
};

/// The shortest path between two nodes.
/// Errors: E_ARGUMENT for nodes out of range, and for A* on a graph with lengths of its own, where the straight
/// distance may be longer than the way and A* would return wrong paths; E_MISSING when nothing connects the nodes.
ShortestPath shortest_path(const NeighbourGraph& graph, std::int64_t from_node, std::int64_t to_node,
                           PathSearch search = PathSearch::kDijkstra);

/// Shortest distance from one node to every node; infinity where no path leads.
std::vector<double> distances_from(const NeighbourGraph& graph, std::int64_t from_node);

/// The shortest path between two codes as points in code space; what NeighbourGraph::path returns.
CodePath graph_path(const NeighbourGraph& graph, std::int64_t from_code, std::int64_t to_code,
                    PathSearch search = PathSearch::kDijkstra);

}  // namespace betwixt
