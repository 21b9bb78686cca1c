// SPDX-License-Identifier: MIT
#include "betwixt/methods/autoencoder/graph_choice.h"

namespace betwixt {

NeighbourGraph make_graph(const Autoencoder& model, const Codes& codes, const GraphChoice& choice) {
  NeighbourGraphOptions options = choice.graph;
  options.lengths = edge_lengths(model, codes, choice.edges);
  return NeighbourGraph(codes, options);
}

CodePath path_between(const NeighbourGraph& graph, std::int64_t from, std::int64_t to, const GraphChoice& choice) {
  return graph_path(graph, from, to, choice.search).smooth(choice.smooth);
}

}  // namespace betwixt
