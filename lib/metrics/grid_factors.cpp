// SPDX-License-Identifier: MIT
#include "betwixt/metrics/grid_factors.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "betwixt/core/error.h"
#include "betwixt/metrics/factor_measures.h"

namespace betwixt {
namespace {

constexpr std::int64_t kRows = 8;    ///< rows of the grid that intervals are taken from
constexpr std::int64_t kStarts = 8;  ///< intervals per row

std::int64_t picture_at(const FactorGrid& grid, const std::vector<double>& factors) {
  const auto at = [](double value, std::int64_t size) {
    const std::int64_t whole = std::llround(value);
    return ((whole % size) + size) % size;
  };
  return at(factors[0], grid.rows) * grid.columns + at(factors[1], grid.columns);
}

void check_grid(const Images& set, const FactorGrid& grid) {
  if (grid.rows < 1 || grid.columns < 1 || set.count % grid.columns != 0 || set.count / grid.columns != grid.rows)
    throw Error(ErrorCode::kShape, "factor scores", "%lld pictures on a grid of %lld x %lld",
                static_cast<long long>(set.count), static_cast<long long>(grid.rows),
                static_cast<long long>(grid.columns));
}

std::int64_t checked_width(const FactorGrid& grid, std::int64_t wanted) {
  const std::int64_t width = wanted != 0 ? wanted : std::max<std::int64_t>(2, grid.columns / 4);
  if (width < 2 || width >= grid.columns)
    throw Error(ErrorCode::kArgument, "factor scores", "intervals of %lld columns on a grid of %lld",
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

FactorSet factor_set(const Images& set, const FactorGrid& grid) {
  FactorSet known{set,
                  {},
                  {grid.rows_wrap ? static_cast<double>(grid.rows) : 0.0,
                   grid.columns_wrap ? static_cast<double>(grid.columns) : 0.0}};
  for (std::int64_t i = 0; i < set.count; ++i)
    known.factors.push_back({static_cast<double>(i / grid.columns), static_cast<double>(i % grid.columns)});
  return known;
}

/// M3 of the column alone. predicted_alpha sees one factor, so the row is looked up by the interval's place in the
/// list.
PredictedAlpha column_alpha(const std::vector<FactorInterval>& intervals, const IntervalFrames& frames,
                            const FactorSet& known, std::span<const double> alphas) {
  FactorSet column_set{known.pictures, {}, {known.turn[1]}};
  for (const auto& place : known.factors) column_set.factors.push_back({place[1]});
  std::vector<FactorInterval> columns;
  for (const FactorInterval& interval : intervals) columns.push_back({{interval.from[1]}, {interval.to[1]}});
  std::size_t next = 0;
  return predicted_alpha(
      columns,
      [&](const FactorInterval&, std::span<const double> at) {
        return frames(intervals[next++ % intervals.size()], at);
      },
      column_set, alphas);
}

}  // namespace

GridFactorScores grid_factor_scores(const Images& set, const FactorGrid& grid, std::int64_t width,
                                    const GridWalk& walk) {
  check_grid(set, grid);
  const std::int64_t columns = checked_width(grid, width);
  const std::vector<FactorInterval> intervals = intervals_of(grid, columns);
  const IntervalFrames frames = [&](const FactorInterval& interval, std::span<const double> alphas) {
    Images made = walk(picture_at(grid, interval.from), picture_at(grid, interval.to), static_cast<int>(alphas.size()));
    if (made.count != static_cast<std::int64_t>(alphas.size()))
      throw Error(ErrorCode::kShape, "factor scores", "a walk of %lld frames, not %zu",
                  static_cast<long long>(made.count), alphas.size());
    return made;
  };
  const TruePictures truth = [&](const std::vector<std::vector<double>>& factors) {
    std::vector<std::int64_t> indices;
    for (const auto& place : factors) indices.push_back(picture_at(grid, place));
    return set.select(indices);
  };
  const FactorSet known = factor_set(set, grid);
  const std::vector<double> alphas = even_alphas(static_cast<int>(columns) + 1);
  const ErrorByAlpha m1 = error_by_alpha(intervals, frames, truth, alphas);
  GridFactorScores scores{.m1_peak = m1.peak};
  for (std::size_t i = 1; i + 1 < m1.mean.size(); ++i)
    scores.m2 += m1.mean[i] / static_cast<double>(m1.mean.size() - 2);
  const FactorDistances m4 = factor_distances(intervals, frames, known, alphas, 1);
  scores.m4_deviation = m4.deviation;
  scores.m4_violations = m4.violations;
  const PredictedAlpha m3 = column_alpha(intervals, frames, known, alphas);
  scores.m3_error = m3.median_error;
  scores.m3_range = m3.mean_range;
  return scores;
}

}  // namespace betwixt
