// SPDX-License-Identifier: MIT
#include "betwixt/metrics/factor_measures.h"

#include <gtest/gtest.h>

#include <vector>

#include "betwixt/core/error.h"
#include "betwixt/data/synthetic/pole_shadow.h"
#include "betwixt/interp/frames.h"

namespace betwixt {
namespace {

Images render(const std::vector<std::vector<double>>& factors) {
  std::vector<PolePose> poses;
  for (const std::vector<double>& row : factors) poses.push_back({row[0], row.size() > 1 ? row[1] : 50.0});
  return pole_shadow(poses);
}

std::vector<double> at(const FactorInterval& interval, double alpha) {
  std::vector<double> row;
  for (std::size_t i = 0; i < interval.from.size(); ++i)
    row.push_back((1 - alpha) * interval.from[i] + alpha * interval.to[i]);
  return row;
}

Images perfect(const FactorInterval& interval, std::span<const double> alphas) {
  std::vector<std::vector<double>> rows;
  for (const double alpha : alphas) rows.push_back(at(interval, alpha));
  return render(rows);
}

Images dissolve(const FactorInterval& interval, std::span<const double> alphas) {
  return cross_dissolve(render({interval.from, interval.to}), 0, 1, static_cast<int>(alphas.size()));
}

FactorSet set_of(bool both) {
  FactorSet set;
  for (const PolePose& pose : pole_shadow_grid()) {
    if (!both && pose.altitude != 50) continue;
    set.factors.push_back(both ? std::vector<double>{pose.azimuth, pose.altitude} : std::vector<double>{pose.azimuth});
  }
  set.pictures = render(set.factors);
  set.turn = both ? std::vector<double>{360, 0} : std::vector<double>{360};
  return set;
}

TEST(FactorMeasures, ErrorByAlphaIsZeroForTheTruthAndPeaksInTheMiddleOfADissolve) {
  const auto intervals = intervals_of_turn(80, 40);
  ASSERT_EQ(intervals.size(), 9u);
  const auto alphas = even_alphas(17);
  EXPECT_EQ(error_by_alpha(intervals, perfect, render, alphas).peak, 0);
  const ErrorByAlpha errors = error_by_alpha(intervals, dissolve, render, alphas);
  EXPECT_EQ(errors.mean.front(), 0);
  EXPECT_EQ(errors.mean.back(), 0);
  EXPECT_GT(errors.mean[8], 0.01);
  EXPECT_LT(errors.deviation[8], errors.mean[8]);
}

TEST(FactorMeasures, WiderIntervalsAreHarder) {
  const std::vector<double> widths{10, 30, 80};
  const ErrorByWidth errors = error_by_width(widths, 60, 360, dissolve, render);
  EXPECT_LT(errors.in_between[0], errors.in_between[1]);
  EXPECT_LT(errors.middle[0], errors.middle[2]);
}

TEST(FactorMeasures, PredictedAlphaFollowsTheDiagonalThroughTheTurn) {
  const FactorSet set = set_of(false);
  const auto alphas = even_alphas(17);
  const PredictedAlpha truth = predicted_alpha(intervals_of_turn(80, 45), perfect, set, alphas);
  EXPECT_LE(truth.median_error, 0.04);
  EXPECT_LE(truth.mean_range, 0.05);
  const PredictedAlpha faded = predicted_alpha(intervals_of_turn(80, 45), dissolve, set, alphas);
  EXPECT_GT(faded.median_error, 0.15);  // jumps from the start to the end
  EXPECT_NEAR(faded.median[4], 0, 0.05);
}

TEST(FactorMeasures, FactorDistancesAreStraightLinesForTheTruth) {
  const FactorSet set = set_of(true);
  std::vector<FactorInterval> intervals;
  for (int i = 0; i < 6; ++i) intervals.push_back({{300.0 + 10 * i, 50}, {370.0 + 10 * i, 70}});
  const auto alphas = even_alphas(15);
  const FactorDistances truth = factor_distances(intervals, perfect, set, alphas, 5);
  EXPECT_NEAR(truth.length, 72.8, 0.01);
  EXPECT_LT(truth.deviation, 0.05);
  EXPECT_EQ(truth.violations, 0);
  EXPECT_GT(factor_distances(intervals, dissolve, set, alphas, 5).deviation, 0.2);
}

TEST(FactorMeasures, SmallTools) {
  EXPECT_DOUBLE_EQ(turned_difference(350, 10, 360), 20);
  EXPECT_DOUBLE_EQ(turned_difference(10, 350, 360), -20);
  EXPECT_DOUBLE_EQ(turned_difference(10, 350, 0), 340);
  EXPECT_DOUBLE_EQ(quantile({4, 1, 3, 2}, 0.5), 2.5);
  EXPECT_DOUBLE_EQ(quantile({1, 2, 3, 4, 5}, 0.25), 2);
  EXPECT_THROW(quantile({}, 0.5), Error);
  EXPECT_THROW(error_by_alpha({}, perfect, render, even_alphas(3)), Error);
}

}  // namespace
}  // namespace betwixt
