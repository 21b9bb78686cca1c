// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "betwixt/metrics/grid_factors.h"
#include "betwixt/nn/feature_distance.h"
#include "path_scores.h"

namespace betwixt::cli {

/// What is evaluated: pictures, where their factors are known to lie, and which ends are joined.
struct EvaluationOptions {
  GraphArguments graph;
  std::optional<FactorGrid> grid;
  std::int64_t from = -1;  ///< below 0: the pair of codes farthest apart
  std::int64_t to = -1;
  int frames = 55;
  bool every_second = false;  ///< pictures are a sequence: even ones are known, odd ones are recovered
  std::int64_t interval = 0;  ///< columns of the intervals of M1-M4; 0: a quarter of the grid's
};

/// Likeness of frames to the true pictures they stand for.
struct Likeness {
  double psnr = 0, ssim = 0, features = 0;
};

struct MethodScores {
  WalkScores walk;
  std::optional<Likeness> likeness;
  std::optional<GridFactorScores> factors;
};

struct Evaluation {
  std::int64_t from = 0, to = 0;
  int k = 0;
  double reconstruction_imse = 0;
  double reconstruction_psnr = 0;
  std::vector<MethodScores> methods;
};

/// Every path method on one model.
Evaluation evaluate(const PathSet& set, FeatureDistance& features, const EvaluationOptions& options);
/// M1 to M4 of one method, over intervals along the grid's columns.
GridFactorScores factor_scores(const PathSet& set, const NeighbourGraph& graph, const std::string& method,
                               const EvaluationOptions& options);
JsonValue to_json(const Evaluation& evaluation);
/// A table for people; "-" where a measure does not apply.
std::string to_table(const Evaluation& evaluation);

/// ACAI's benchmark for a model of 32x32 grey pictures: 256 interpolations of 16 frames. One row per learned method.
struct LinesRow {
  std::string method;
  double mean_distance = 0;
  double smoothness = 0;
};
std::vector<LinesRow> evaluate_lines(const Autoencoder& model, std::uint64_t seed, int interpolations = 256);

}  // namespace betwixt::cli
