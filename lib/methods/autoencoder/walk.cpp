// SPDX-License-Identifier: MIT
#include "betwixt/methods/autoencoder/walk.h"

#include <algorithm>
#include <cmath>

#include "betwixt/core/error.h"
#include "betwixt/interp/frames.h"
#include "betwixt/interp/paths.h"
#include "betwixt/metrics/nearest_picture.h"
#include "betwixt/metrics/path_measures.h"

namespace betwixt {

const std::vector<std::string>& walk_methods() {
  static const std::vector<std::string> all = {"straight", "slerp", "graph", "dissolve", "nearest"};
  return all;
}

Walk make_walk(const PathSet& set, const NeighbourGraph& graph, const std::string& method, std::int64_t from,
               std::int64_t to, int frames, const GraphChoice& choice) {
  Walk walk{.method = method, .frames = {}, .path = {}};
  if (method == "dissolve") {
    walk.frames = cross_dissolve(set.pictures, from, to, frames);
    return walk;
  }
  if (method == "straight") {
    walk.path = straight_path(set.codes, from, to, frames);
  } else if (method == "slerp") {
    walk.path = spherical_path(set.codes, from, to, frames);
  } else if (method == "graph" || method == "nearest") {
    walk.path = path_between(graph, from, to, choice).resample(frames);
  } else {
    throw Error(ErrorCode::kArgument, "paths", "no method is called \"%.32s\"", method.c_str());
  }
  walk.frames = set.model.decode(walk.path.points);
  if (method == "nearest") walk.frames = nearest_picture_playback(walk.frames, set.pictures);
  return walk;
}

WalkScores score_walk(const Walk& walk, const PathSet& set, std::int64_t from, std::int64_t to,
                      const std::optional<FactorGrid>& grid) {
  WalkScores scores{.method = walk.method};
  scores.imse = imse(walk.frames, set.pictures);
  scores.imse_u8wrap = imse_u8wrap(walk.frames, set.pictures);
  scores.uniformity = walk.frames.count < 2 ? 1 : step_uniformity(walk.frames);
  const BoundaryError ends = boundary_error(walk.frames, set.pictures, from, to);
  scores.boundary = std::max(ends.start, ends.end);
  if (!grid || walk.frames.count < 2) return scores;
  scores.perfect = perfect_grid_path(walk.frames, set.pictures, *grid, from, to).score;
  std::vector<std::int64_t> shown;
  for (const PictureMatch& match : nearest_pictures(walk.frames, set.pictures)) shown.push_back(match.index);
  scores.smoothness = factor_smoothness(shown, *grid);
  return scores;
}

JsonValue to_json(const WalkScores& scores) {
  const auto finite = [](double value) { return std::isfinite(value) ? JsonValue(value) : JsonValue(); };
  JsonValue value = JsonValue::object();
  value.set("method", scores.method).set("imse", scores.imse).set("imse_u8wrap", scores.imse_u8wrap);
  value.set("step_uniformity", scores.uniformity).set("boundary_error", scores.boundary);
  if (scores.perfect) value.set("perfect_path", finite(*scores.perfect));
  if (scores.smoothness) value.set("smoothness", finite(*scores.smoothness));
  return value;
}

}  // namespace betwixt
