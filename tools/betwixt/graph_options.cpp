// SPDX-License-Identifier: MIT
#include "graph_options.h"

#include <map>

#include "CLI/CLI.hpp"

namespace betwixt::cli {
namespace {

const std::map<std::string, GraphRule> kRules = {{"smallest-k", GraphRule::kSmallestK},
                                                 {"k", GraphRule::kNearest},
                                                 {"mutual", GraphRule::kMutual},
                                                 {"smallest-epsilon", GraphRule::kSmallestEpsilon},
                                                 {"epsilon", GraphRule::kEpsilon}};
const std::map<std::string, EdgeMeasure> kEdges = {
    {"code", EdgeMeasure::kCode}, {"decoded", EdgeMeasure::kDecoded}, {"pullback", EdgeMeasure::kPullBack}};
const std::map<std::string, PathSearch> kSearches = {
    {"dijkstra", PathSearch::kDijkstra}, {"astar", PathSearch::kAStar}, {"bidirectional", PathSearch::kBidirectional}};

template <class Value>
CLI::IsMember one_of(const std::map<std::string, Value>& names) {
  return CLI::IsMember(names);
}

}  // namespace

void add_graph_options(CLI::App& command, GraphArguments& a) {
  command
      .add_option("--graph", a.rule,
                  "Which pictures are linked: their k nearest with k growing until all are connected, their k nearest, "
                  "mutual k nearest, all within the smallest connecting distance, all within --epsilon")
      ->capture_default_str()
      ->check(one_of(kRules));
  command
      .add_option("--k", a.k,
                  "Neighbours; what smallest-k starts with. 0: 8, or the logarithm of the number of pictures where "
                  "that is less; "
                  "2: the fewest that connect all")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  command.add_option("--epsilon", a.epsilon, "Distance of --graph epsilon")->check(CLI::NonNegativeNumber);
  command
      .add_option("--duplicates", a.duplicates,
                  "Pictures with codes closer than this share of all codes' extent count as one")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  command.add_flag("--join", a.join, "Adds the shortest links that connect what the graph leaves apart");
  command
      .add_option(
          "--edges", a.edges,
          "Length of a link: distance of codes, difference of decoded pictures, or the decoder's pull-back metric")
      ->capture_default_str()
      ->check(one_of(kEdges));
  command.add_option("--search", a.search, "How the shortest path is searched; astar with --edges code only")
      ->capture_default_str()
      ->check(one_of(kSearches));
  command.add_option("--smooth", a.smooth, "Rounds the corners of a graph path, so many passes")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
}

GraphChoice choice_of(const GraphArguments& a) {
  return {.graph = {.rule = kRules.at(a.rule),
                    .k = a.k,
                    .epsilon = a.epsilon,
                    .duplicate_tolerance = a.duplicates,
                    .join_components = a.join},
          .edges = kEdges.at(a.edges),
          .search = kSearches.at(a.search),
          .smooth = a.smooth};
}

}  // namespace betwixt::cli
