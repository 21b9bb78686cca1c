// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "betwixt/methods/autoencoder/walk.h"
#include "betwixt/metrics/grid_factors.h"
#include "betwixt/nn/feature_distance.h"

namespace betwixt {

/// What is evaluated: pictures, where their factors are known to lie, and which ends are joined.
struct EvaluationOptions {
  GraphChoice graph = {};          ///< how codes are linked
  std::optional<FactorGrid> grid;  ///< of the pictures; gives perfect path, smoothness and M1 to M4
  std::int64_t from = -1;          ///< below 0: the pair of codes farthest apart
  std::int64_t to = -1;            ///< below 0: likewise
  int frames = 55;                 ///< of every way, ends included; two at least
  bool every_second = false;       ///< pictures are a sequence: even ones are known, odd ones are recovered
  std::int64_t interval = 0;       ///< columns of the intervals of M1-M4; 0: a quarter of the grid's
};

/// Likeness of frames to the true pictures they stand for, means over the frames.
struct Likeness {
  double psnr = 0;      ///< dB, of a peak of 1
  double ssim = 0;      ///< structural similarity
  double features = 0;  ///< feature distance
};

/// All measures of one method.
struct MethodScores {
  WalkScores walk;                          ///< of the way between the ends
  std::optional<Likeness> likeness;         ///< with `every_second` or `grid`
  std::optional<GridFactorScores> factors;  ///< with `grid`
};

/// What an evaluation found.
struct Evaluation {
  std::int64_t from = 0;              ///< index of the first picture of the ways
  std::int64_t to = 0;                ///< index of the last one
  int k = 0;                          ///< neighbours in use
  double reconstruction_imse = 0;     ///< of what comes back of the pictures, 0 to 255
  double reconstruction_psnr = 0;     ///< dB, mean over the pictures
  std::vector<MethodScores> methods;  ///< in the order of walk_methods
};

/// Measures every way of getting from picture to picture with one model.
/// Errors: E_ARGUMENT for ends that are no pictures or fewer than two frames, and as make_walk and the measures.
Evaluation evaluate(const PathSet& set, FeatureDistance& features, const EvaluationOptions& options = {});
/// For machines; numbers that are not finite are null.
JsonValue to_json(const Evaluation& evaluation);
/// The same as rows of texts, the heads first; "-" where a measure does not apply.
std::vector<std::vector<std::string>> table_rows(const Evaluation& evaluation);
/// Those rows as one text with aligned columns.
std::string to_table(const Evaluation& evaluation);

/// One learned method in ACAI's benchmark of lines.
struct LinesRow {
  std::string method;        ///< straight or slerp
  double mean_distance = 0;  ///< mean cosine distance of the frames to the closest true line
  double smoothness = 0;     ///< 0 turns evenly, near 1 jumps
};

/// ACAI's benchmark (Berthelot, Raffel, Roy, Goodfellow 2019) for a model of 32 x 32 grey pictures: random
/// interpolations of 16 frames. E_SHAPE for another model.
std::vector<LinesRow> evaluate_lines(const Autoencoder& model, std::uint64_t seed = 1, int interpolations = 256);
/// For machines.
JsonValue to_json(const std::vector<LinesRow>& rows);

}  // namespace betwixt
