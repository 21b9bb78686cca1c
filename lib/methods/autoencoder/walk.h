// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "betwixt/io/json.h"
#include "betwixt/methods/autoencoder/graph_choice.h"
#include "betwixt/metrics/grid_path.h"

namespace betwixt {

/// Everything that ways from picture to picture need: a model, the pictures it stands for, and their codes. Borrows.
struct PathSet {
  const Autoencoder& model;  ///< encodes and decodes
  const Images& pictures;    ///< of its size
  const Codes& codes;        ///< one per picture
};

/// An animation between two pictures, made by one method.
struct Walk {
  std::string method;  ///< one of walk_methods
  Images frames;       ///< ends included
  CodePath path;       ///< empty for methods that do not use codes
};

/// Names of all methods, learned ones first: straight, slerp, graph, dissolve, nearest.
const std::vector<std::string>& walk_methods();

/// The way from picture `from` to picture `to`. "nearest" plays the pictures nearest to the graph path's frames.
/// E_ARGUMENT for a name that is no method, and as the paths and graphs themselves.
Walk make_walk(const PathSet& set, const NeighbourGraph& graph, const std::string& method, std::int64_t from,
               std::int64_t to, int frames, const GraphChoice& choice = {});

/// Measures of one walk.
struct WalkScores {
  std::string method;                ///< of the walk
  double imse = 0;                   ///< mean squared error to the nearest picture, 0 to 255
  double imse_u8wrap = 0;            ///< the same with bytes that wrap, as the published code computed it
  double uniformity = 0;             ///< largest over mean step from frame to frame; 1 for a single frame
  double boundary = 0;               ///< mean squared error of the worse end, channels from 0 to 1
  std::optional<double> perfect;     ///< perfect path measure, where pictures lie on a grid of factors
  std::optional<double> smoothness;  ///< of the motion over that grid
};

/// Measures a walk that should lead from picture `from` to picture `to`.
WalkScores score_walk(const Walk& walk, const PathSet& set, std::int64_t from, std::int64_t to,
                      const std::optional<FactorGrid>& grid);
/// For machines; numbers that are not finite are null.
JsonValue to_json(const WalkScores& scores);

}  // namespace betwixt
