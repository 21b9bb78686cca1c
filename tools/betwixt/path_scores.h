// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "betwixt/io/json.h"
#include "betwixt/methods/autoencoder/autoencoder.h"
#include "betwixt/metrics/grid_path.h"
#include "graph_options.h"

namespace betwixt::cli {

/// Everything that path methods need: a model, the pictures it stands for, and their codes.
struct PathSet {
  const Autoencoder& model;
  const Images& pictures;
  const Codes& codes;
};

/// An animation between two pictures, made by one method.
struct Walk {
  std::string method;
  Images frames;
  CodePath path;  ///< empty for methods that do not use codes
};

/// Names of all methods, learned ones first: straight, slerp, graph, dissolve, nearest.
const std::vector<std::string>& path_methods();
/// E_ARGUMENT for a name that is none of these. "nearest" plays the pictures nearest to the graph path's frames.
Walk make_walk(const PathSet& set, const NeighbourGraph& graph, const std::string& method, std::int64_t from,
               std::int64_t to, int frames, const GraphArguments& options = {});

/// Measures of one walk; `perfect` and `smoothness` only where pictures lie on a grid of factors.
struct WalkScores {
  std::string method;
  double imse = 0, imse_u8wrap = 0, uniformity = 0, boundary = 0;
  std::optional<double> perfect, smoothness;
};
WalkScores score_walk(const Walk& walk, const PathSet& set, std::int64_t from, std::int64_t to,
                      const std::optional<FactorGrid>& grid);
JsonValue to_json(const WalkScores& scores);

/// Mean and deviation (of a sample) over runs.
struct Spread {
  double mean = 0, deviation = 0;
};
Spread spread_of(const std::vector<double>& values);
/// "29.61 +- 0.19"
std::string spread_text(const std::vector<double>& values, int digits);

}  // namespace betwixt::cli
