// SPDX-License-Identifier: MIT
#include "betwixt/methods/autoencoder/evaluation.h"

#include <cmath>
#include <cstdio>

#include "betwixt/core/error.h"
#include "betwixt/interp/frames.h"
#include "betwixt/metrics/image_quality.h"
#include "betwixt/metrics/path_measures.h"

namespace betwixt {
namespace {

Likeness likeness(const Images& frames, const Images& truth, FeatureDistance& features) {
  const QualityTable table = compare(frames, truth);
  return {mean(table.psnr), mean(table.ssim), mean(features(frames, truth))};
}

/// The middles between each two known pictures, by one method.
Images middles(const PathSet& known, const NeighbourGraph& graph, const std::string& method,
               const GraphChoice& options) {
  Images found;
  const std::vector<std::int64_t> middle{1};
  for (std::int64_t i = 0; i + 1 < known.pictures.count; ++i)
    // In time, the nearest known picture is the one before.
    found.append(method == "nearest" ? known.pictures.select(std::vector<std::int64_t>{i})
                                     : make_walk(known, graph, method, i, i + 1, 3, options).frames.select(middle));
  return found;
}

/// Even pictures and the odd ones between them.
struct Sequence {
  Images known, between;

  explicit Sequence(const Images& all) {
    std::vector<std::int64_t> even, odd;
    for (std::int64_t i = 0; i < all.count; ++i)
      if (i % 2 == 0)
        even.push_back(i);
      else if (i + 1 < all.count)
        odd.push_back(i);
    known = all.select(even);
    between = all.select(odd);
  }
};

CodePair ends_of(const PathSet& set, const EvaluationOptions& options) {
  if (options.from < 0 || options.to < 0) return farthest_pair(set.codes);
  if (options.from >= set.pictures.count || options.to >= set.pictures.count)
    throw Error(ErrorCode::kArgument, "evaluate", "pictures %lld and %lld of %lld",
                static_cast<long long>(options.from), static_cast<long long>(options.to),
                static_cast<long long>(set.pictures.count));
  return {options.from, options.to, 0};
}

std::vector<Likeness> sequence_likeness(const PathSet& set, FeatureDistance& features,
                                        const EvaluationOptions& options) {
  const Sequence sequence(set.pictures);
  const Codes codes = set.model.encode(sequence.known);
  const PathSet known{set.model, sequence.known, codes};
  const NeighbourGraph graph = make_graph(set.model, codes, options.graph);
  std::vector<Likeness> found;
  for (const std::string& method : walk_methods())
    found.push_back(likeness(middles(known, graph, method, options.graph), sequence.between, features));
  return found;
}

/// Beside the true sequence that comes closest.
Likeness grid_likeness(const Walk& walk, const PathSet& set, const CodePair& ends, const FactorGrid& grid,
                       FeatureDistance& features) {
  const GridPath truth = perfect_grid_path(walk.frames, set.pictures, grid, ends.first, ends.second);
  return likeness(walk.frames, set.pictures.select(truth.pictures), features);
}

/// M1 to M4 of one method, over intervals along the grid's columns.
GridFactorScores factor_scores(const PathSet& set, const NeighbourGraph& graph, const std::string& method,
                               const EvaluationOptions& options) {
  return grid_factor_scores(set.pictures, *options.grid, options.interval,
                            [&](std::int64_t from, std::int64_t to, int frames) {
                              return make_walk(set, graph, method, from, to, frames, options.graph).frames;
                            });
}

JsonValue finite(double value) { return std::isfinite(value) ? JsonValue(value) : JsonValue(); }

std::string cell(const char* format, double value) {
  char text[48];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

std::string cell(const char* format, const std::optional<double>& value) {
  return value ? cell(format, *value) : std::string("-");
}

std::vector<std::string> cells(const MethodScores& m) {
  const auto likeness_cell = [&](const char* format, double Likeness::*field) {
    return m.likeness ? cell(format, (*m.likeness).*field) : std::string("-");
  };
  const auto factor_cell = [&](const char* format, double GridFactorScores::*field) {
    return m.factors ? cell(format, (*m.factors).*field) : std::string("-");
  };
  return {m.walk.method,
          cell("%.2f", m.walk.imse),
          cell("%.2f", m.walk.imse_u8wrap),
          cell("%.2f", m.walk.perfect),
          cell("%.3f", m.walk.smoothness),
          cell("%.2f", m.walk.uniformity),
          cell("%.2e", m.walk.boundary),
          likeness_cell("%.2f", &Likeness::psnr),
          likeness_cell("%.4f", &Likeness::ssim),
          likeness_cell("%.4f", &Likeness::features),
          factor_cell("%.5f", &GridFactorScores::m1_peak),
          factor_cell("%.5f", &GridFactorScores::m2),
          factor_cell("%.3f", &GridFactorScores::m3_error),
          factor_cell("%.3f", &GridFactorScores::m4_deviation)};
}

const std::vector<std::string> kHeads = {"method",   "imse", "u8wrap", "perfect", "smooth", "uneven", "boundary",
                                         "PSNR, dB", "SSIM", "feat.",  "M1 peak", "M2",     "M3",     "M4"};

}  // namespace

Evaluation evaluate(const PathSet& set, FeatureDistance& features, const EvaluationOptions& options) {
  const NeighbourGraph graph = make_graph(set.model, set.codes, options.graph);
  const CodePair ends = ends_of(set, options);
  if (options.frames < 2) throw Error(ErrorCode::kArgument, "evaluate", "%d frames; two at least", options.frames);
  const Images back = set.model.decode(set.codes);
  Evaluation result{.from = ends.first, .to = ends.second, .k = graph.k()};
  result.reconstruction_imse = imse(back, set.pictures);
  result.reconstruction_psnr = mean(compare(back, set.pictures).psnr);
  const std::vector<Likeness> recovered =
      options.every_second ? sequence_likeness(set, features, options) : std::vector<Likeness>();
  for (std::size_t i = 0; i < walk_methods().size(); ++i) {
    const std::string& method = walk_methods()[i];
    const Walk walk = make_walk(set, graph, method, ends.first, ends.second, options.frames, options.graph);
    MethodScores scores{score_walk(walk, set, ends.first, ends.second, options.grid), {}, {}};
    if (options.every_second) scores.likeness = recovered[i];
    if (options.grid && !options.every_second)
      scores.likeness = grid_likeness(walk, set, ends, *options.grid, features);
    if (options.grid) scores.factors = factor_scores(set, graph, method, options);
    result.methods.push_back(std::move(scores));
  }
  return result;
}

JsonValue to_json(const Evaluation& evaluation) {
  JsonValue rows = JsonValue::array();
  for (const MethodScores& m : evaluation.methods) {
    JsonValue row = to_json(m.walk);
    if (m.likeness)
      row.set("psnr", finite(m.likeness->psnr))
          .set("ssim", m.likeness->ssim)
          .set("feature_distance", m.likeness->features);
    if (m.factors) {
      const GridFactorScores& f = *m.factors;
      row.set("m1_peak", f.m1_peak).set("m2", f.m2).set("m3_error", f.m3_error).set("m3_range", f.m3_range);
      row.set("m4_deviation", f.m4_deviation).set("m4_violations", f.m4_violations);
    }
    rows.push(std::move(row));
  }
  JsonValue value = JsonValue::object();
  value.set("from", evaluation.from).set("to", evaluation.to).set("k", evaluation.k);
  value.set("reconstruction_imse", evaluation.reconstruction_imse);
  value.set("reconstruction_psnr", finite(evaluation.reconstruction_psnr)).set("methods", std::move(rows));
  return value;
}

std::vector<std::vector<std::string>> table_rows(const Evaluation& evaluation) {
  std::vector<std::vector<std::string>> rows{kHeads};
  for (const MethodScores& m : evaluation.methods) rows.push_back(cells(m));
  return rows;
}

std::string to_table(const Evaluation& evaluation) {
  const std::vector<std::vector<std::string>> rows = table_rows(evaluation);
  std::string table;
  for (const auto& row : rows) {
    for (std::size_t c = 0; c < row.size(); ++c) {
      std::size_t width = 0;
      for (const auto& other : rows) width = std::max(width, other[c].size());
      const std::string space(width - row[c].size(), ' ');
      table.append(c == 0 ? row[c] + space : "  " + space + row[c]);
    }
    table.push_back('\n');
  }
  return table;
}

}  // namespace betwixt
