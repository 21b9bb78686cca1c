// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <numbers>

#include "betwixt/core/error.h"
#include "betwixt/core/philox.h"
#include "betwixt/data/synthetic/lines.h"
#include "betwixt/metrics/factor_measures.h"
#include "betwixt/metrics/lines_scores.h"
#include "evaluation.h"

namespace betwixt::cli {
namespace {

constexpr std::int64_t kRows = 8;    ///< rows of the grid that intervals are taken from
constexpr std::int64_t kStarts = 8;  ///< intervals per row
constexpr int kLineFrames = 16;

std::int64_t picture_at(const FactorGrid& grid, const std::vector<double>& factors) {
  const auto at = [](double value, std::int64_t size) {
    const std::int64_t whole = std::llround(value);
    return ((whole % size) + size) % size;
  };
  return at(factors[0], grid.rows) * grid.columns + at(factors[1], grid.columns);
}

std::int64_t interval_width(const EvaluationOptions& options) {
  const FactorGrid& grid = *options.grid;
  const std::int64_t width = options.interval > 0 ? options.interval : std::max<std::int64_t>(2, grid.columns / 4);
  if (width < 2 || width >= grid.columns)
    throw Error(ErrorCode::kArgument, "evaluate", "intervals of %lld columns on a grid of %lld",
                static_cast<long long>(width), static_cast<long long>(grid.columns));
  return width;
}

std::vector<FactorInterval> intervals_of(const FactorGrid& grid, std::int64_t width) {
  std::vector<FactorInterval> intervals;
  const std::int64_t starts = grid.columns_wrap ? grid.columns : grid.columns - width;
  for (std::int64_t r = 0; r < std::min(kRows, grid.rows); ++r)
    for (std::int64_t s = 0; s < std::min(kStarts, starts); ++s) {
      const auto row = static_cast<double>(r * grid.rows / std::min(kRows, grid.rows));
      const auto column = static_cast<double>(s * starts / std::min(kStarts, starts));
      intervals.push_back({{row, column}, {row, column + static_cast<double>(width)}});
    }
  return intervals;
}

}  // namespace

FactorScores factor_scores(const PathSet& set, const NeighbourGraph& graph, const std::string& method,
                           const EvaluationOptions& options) {
  const FactorGrid& grid = *options.grid;
  const std::int64_t width = interval_width(options);
  const std::vector<FactorInterval> intervals = intervals_of(grid, width);
  const IntervalFrames frames = [&](const FactorInterval& interval, std::span<const double> alphas) {
    return make_walk(set, graph, method, picture_at(grid, interval.from), picture_at(grid, interval.to),
                     static_cast<int>(alphas.size()), options.graph)
        .frames;
  };
  const TruePictures truth = [&](const std::vector<std::vector<double>>& factors) {
    std::vector<std::int64_t> indices;
    for (const auto& place : factors) indices.push_back(picture_at(grid, place));
    return set.pictures.select(indices);
  };
  FactorSet known{set.pictures,
                  {},
                  {grid.rows_wrap ? static_cast<double>(grid.rows) : 0.0,
                   grid.columns_wrap ? static_cast<double>(grid.columns) : 0.0}};
  for (std::int64_t i = 0; i < set.pictures.count; ++i)
    known.factors.push_back({static_cast<double>(i / grid.columns), static_cast<double>(i % grid.columns)});
  // As many alphas as there are true pictures on the way.
  const std::vector<double> alphas = even_alphas(static_cast<int>(width) + 1);
  const ErrorByAlpha m1 = error_by_alpha(intervals, frames, truth, alphas);
  // Alpha is read off the column alone.
  std::vector<FactorInterval> columns;
  FactorScores scores{.m1_peak = m1.peak};
  for (std::size_t i = 1; i + 1 < m1.mean.size(); ++i)
    scores.m2 += m1.mean[i] / static_cast<double>(m1.mean.size() - 2);
  const FactorDistances m4 = factor_distances(intervals, frames, known, alphas, 1);
  scores.m4_deviation = m4.deviation;
  scores.m4_violations = m4.violations;
  FactorSet column_set{set.pictures, {}, {known.turn[1]}};
  for (const auto& place : known.factors) column_set.factors.push_back({place[1]});
  // predicted_alpha sees one factor, so the row is looked up by the interval's place in the list.
  std::size_t next = 0;
  for (const FactorInterval& interval : intervals) columns.push_back({{interval.from[1]}, {interval.to[1]}});
  const PredictedAlpha m3 = predicted_alpha(
      columns,
      [&](const FactorInterval&, std::span<const double> at) {
        return frames(intervals[next++ % intervals.size()], at);
      },
      column_set, alphas);
  scores.m3_error = m3.median_error;
  scores.m3_range = m3.mean_range;
  return scores;
}

std::vector<LinesRow> evaluate_lines(const Autoencoder& model, std::uint64_t seed, int interpolations) {
  if (!(model.options().picture == Shape{32, 32, 1}))
    throw Error(ErrorCode::kShape, "evaluate", "lines are pictures of [32, 32, 1], the model takes %s",
                model.options().picture.text().c_str());
  std::vector<double> angles;
  const RandomStream stream(seed, "evaluate/lines");
  for (std::uint32_t i = 0; i < 2 * static_cast<std::uint32_t>(interpolations); ++i)
    angles.push_back(philox({i, 0, 0, 0}, stream.key())[0] / 4294967296.0 * 2 * std::numbers::pi);
  const Codes codes = model.encode(lines(angles));
  const LineReference reference(line_rows(line_angles()), line_angles());
  std::vector<LinesRow> rows;
  for (const char* method : {"straight", "slerp"}) {
    std::vector<float> frames;
    for (std::int64_t i = 0; i < interpolations; ++i) {
      const CodePath path = std::string(method) == "slerp" ? spherical_path(codes, 2 * i, 2 * i + 1, kLineFrames)
                                                           : straight_path(codes, 2 * i, 2 * i + 1, kLineFrames);
      for (const std::uint8_t value : model.decode(path.points).pixels)
        frames.push_back(static_cast<float>(value / 127.5 - 1));
    }
    const LinesScores scores = lines_scores(frames, kLineFrames, reference);
    rows.push_back({method, scores.mean_distance, scores.smoothness});
  }
  return rows;
}

}  // namespace betwixt::cli
