// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "betwixt/methods/autoencoder/graph_choice.h"

namespace CLI {
class App;
}

namespace betwixt::cli {

/// How codes are linked and searched, as options of a command.
struct GraphArguments {
  std::string rule = "smallest-k";
  std::string edges = "code";
  std::string search = "dijkstra";
  int k = 0;
  double epsilon = 0;
  double duplicates = 1e-6;
  bool join = false;
  int smooth = 0;
};

/// Adds --graph, --k, --epsilon, --duplicates, --join, --edges, --search and --smooth. `a` must outlive the parsing.
void add_graph_options(CLI::App& command, GraphArguments& a);
/// What they chose.
GraphChoice choice_of(const GraphArguments& a);

}  // namespace betwixt::cli
