// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/interp/shortest_path.h"
#include "betwixt/methods/autoencoder/edge_lengths.h"

namespace betwixt {

/// How the codes of a model are linked, and how a way along the links is found.
struct GraphChoice {
  NeighbourGraphOptions graph = {};           ///< `lengths` is not read: `edges` says what they are
  EdgeMeasure edges = EdgeMeasure::kCode;     ///< what the length of a link is
  PathSearch search = PathSearch::kDijkstra;  ///< how a shortest path is found
  int smooth = 0;                             ///< rounds the corners of a path, so many passes
};

/// The graph of codes of `model`, with lengths measured by it where `choice` says so. Errors as NeighbourGraph.
NeighbourGraph make_graph(const Autoencoder& model, const Codes& codes, const GraphChoice& choice);

/// The smoothed shortest path between two codes. Errors as shortest_path.
CodePath path_between(const NeighbourGraph& graph, std::int64_t from, std::int64_t to, const GraphChoice& choice);

}  // namespace betwixt
