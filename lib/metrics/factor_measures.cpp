// SPDX-License-Identifier: MIT
#include "betwixt/metrics/factor_measures.h"

#include <algorithm>
#include <cmath>

#include "betwixt/core/error.h"
#include "betwixt/metrics/image_quality.h"
#include "betwixt/metrics/nearest_picture.h"

namespace betwixt {
namespace {

std::vector<double> factors_at(const FactorInterval& interval, double alpha) {
  std::vector<double> factors(interval.from.size());
  for (std::size_t i = 0; i < factors.size(); ++i) factors[i] = (1 - alpha) * interval.from[i] + alpha * interval.to[i];
  return factors;
}

void check_intervals(const char* operation, std::span<const FactorInterval> intervals, std::size_t least_factors = 0) {
  if (intervals.empty()) throw Error(ErrorCode::kMissing, operation, "no intervals");
  for (const FactorInterval& interval : intervals)
    if (interval.from.size() != interval.to.size() || interval.from.size() < least_factors)
      throw Error(ErrorCode::kShape, operation, "ends with %zu and %zu factors", interval.from.size(),
                  interval.to.size());
}

Images checked_frames(const char* operation, const FactorInterval& interval, const IntervalFrames& frames,
                      std::span<const double> alphas) {
  Images made = frames(interval, alphas);
  if (made.count != static_cast<std::int64_t>(alphas.size()))
    throw Error(ErrorCode::kShape, operation, "%lld frames for %zu alphas", static_cast<long long>(made.count),
                alphas.size());
  return made;
}

/// Mean squared error per alpha of one interval.
std::vector<double> errors_of(const FactorInterval& interval, const IntervalFrames& frames, const TruePictures& truth,
                              std::span<const double> alphas) {
  std::vector<std::vector<double>> factors;
  for (const double alpha : alphas) factors.push_back(factors_at(interval, alpha));
  const Images made = checked_frames("error_by_alpha", interval, frames, alphas);
  const Images real = truth(factors);
  std::vector<double> errors;
  for (std::int64_t i = 0; i < made.count; ++i) errors.push_back(mse(made, i, real, i));
  return errors;
}

void check_set(const char* operation, const FactorSet& set) {
  bool fits = set.factors.size() == static_cast<std::size_t>(set.pictures.count);
  for (const std::vector<double>& factors : set.factors) fits = fits && factors.size() == set.turn.size();
  if (!fits) throw Error(ErrorCode::kShape, operation, "the set's pictures, factors and turns do not fit together");
}

double factor_distance(std::span<const double> a, std::span<const double> b, std::span<const double> turn) {
  double squared = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = turned_difference(a[i], b[i], turn[i]);
    squared += difference * difference;
  }
  return std::sqrt(squared);
}

}  // namespace

std::vector<double> even_alphas(int count) {
  if (count < 2) throw Error(ErrorCode::kArgument, "even_alphas", "%d alphas, at least 2", count);
  std::vector<double> alphas;
  for (int i = 0; i < count; ++i) alphas.push_back(static_cast<double>(i) / (count - 1));
  return alphas;
}

std::vector<FactorInterval> intervals_of_turn(double width, double step, double turn) {
  if (!(step > 0)) throw Error(ErrorCode::kArgument, "intervals_of_turn", "step %g", step);
  std::vector<FactorInterval> intervals;
  for (std::int64_t i = 0; static_cast<double>(i) * step < turn; ++i) {
    const double start = static_cast<double>(i) * step;
    intervals.push_back({{start}, {start + width}});
  }
  return intervals;
}

ErrorByAlpha error_by_alpha(std::span<const FactorInterval> intervals, const IntervalFrames& frames,
                            const TruePictures& truth, std::span<const double> alphas) {
  check_intervals("error_by_alpha", intervals);
  ErrorByAlpha result{{alphas.begin(), alphas.end()}, std::vector<double>(alphas.size()), {}, 0};
  std::vector<double> squares(alphas.size());
  for (const FactorInterval& interval : intervals) {
    const std::vector<double> errors = errors_of(interval, frames, truth, alphas);
    for (std::size_t a = 0; a < errors.size(); ++a) {
      result.mean[a] += errors[a];
      squares[a] += errors[a] * errors[a];
    }
  }
  const double count = static_cast<double>(intervals.size());
  for (std::size_t a = 0; a < squares.size(); ++a) {
    result.mean[a] /= count;
    result.deviation.push_back(std::sqrt(std::max(0.0, squares[a] / count - result.mean[a] * result.mean[a])));
    result.peak = std::max(result.peak, result.mean[a]);
  }
  return result;
}

ErrorByWidth error_by_width(std::span<const double> widths, double step, double turn, const IntervalFrames& frames,
                            const TruePictures& truth, int alphas) {
  if (alphas < 3) throw Error(ErrorCode::kArgument, "error_by_width", "%d alphas, at least 3", alphas);
  ErrorByWidth result{{widths.begin(), widths.end()}, {}, {}};
  for (const double width : widths) {
    const ErrorByAlpha errors =
        error_by_alpha(intervals_of_turn(width, step, turn), frames, truth, even_alphas(alphas));
    const std::span<const double> all = errors.mean;
    result.in_between.push_back(mean(all.subspan(1, all.size() - 2)));
    result.middle.push_back(all[all.size() / 2]);
  }
  return result;
}

PredictedAlpha predicted_alpha(std::span<const FactorInterval> intervals, const IntervalFrames& frames,
                               const FactorSet& set, std::span<const double> alphas) {
  check_intervals("predicted_alpha", intervals, 1);
  check_set("predicted_alpha", set);
  std::vector<std::vector<double>> predictions(alphas.size());
  for (const FactorInterval& interval : intervals) {
    const Images made = checked_frames("predicted_alpha", interval, frames, alphas);
    const std::vector<PictureMatch> found = nearest_pictures(made, set.pictures);
    for (std::size_t a = 0; a < alphas.size(); ++a) {
      const double expected = factors_at(interval, alphas[a])[0];
      const double seen = set.factors[static_cast<std::size_t>(found[a].index)][0];
      const double unwrapped = expected + turned_difference(expected, seen, set.turn[0]);
      predictions[a].push_back((unwrapped - interval.from[0]) / (interval.to[0] - interval.from[0]));
    }
  }
  PredictedAlpha result;
  result.alphas.assign(alphas.begin(), alphas.end());
  std::vector<double> errors;
  for (std::size_t a = 0; a < alphas.size(); ++a) {
    result.median.push_back(quantile(predictions[a], 0.5));
    result.quartile_range.push_back(quantile(predictions[a], 0.75) - quantile(predictions[a], 0.25));
    errors.push_back(std::fabs(result.median[a] - alphas[a]));
  }
  result.median_error = mean(errors);
  result.mean_range = mean(result.quartile_range);
  return result;
}

FactorDistances factor_distances(std::span<const FactorInterval> intervals, const IntervalFrames& frames,
                                 const FactorSet& set, std::span<const double> alphas, double grid_step) {
  check_intervals("factor_distances", intervals, set.turn.size());
  check_set("factor_distances", set);
  const double count = static_cast<double>(intervals.size());
  FactorDistances result;
  result.alphas.assign(alphas.begin(), alphas.end());
  result.to_start.assign(alphas.size(), 0);
  result.to_end.assign(alphas.size(), 0);
  for (const FactorInterval& interval : intervals) {
    const Images made = checked_frames("factor_distances", interval, frames, alphas);
    const std::vector<PictureMatch> found = nearest_pictures(made, set.pictures);
    for (std::size_t a = 0; a < alphas.size(); ++a) {
      const std::vector<double>& seen = set.factors[static_cast<std::size_t>(found[a].index)];
      result.to_start[a] += factor_distance(interval.from, seen, set.turn) / count;
      result.to_end[a] += factor_distance(interval.to, seen, set.turn) / count;
    }
    result.length += factor_distance(interval.from, interval.to, set.turn) / count;
  }
  for (std::size_t a = 0; a < alphas.size() && result.length > 0; ++a) {
    const double off_start = std::fabs(result.to_start[a] - alphas[a] * result.length);
    const double off_end = std::fabs(result.to_end[a] - (1 - alphas[a]) * result.length);
    result.deviation = std::max({result.deviation, off_start / result.length, off_end / result.length});
    if (a > 0 && result.to_start[a] < result.to_start[a - 1] - grid_step) ++result.violations;
    if (a > 0 && result.to_end[a] > result.to_end[a - 1] + grid_step) ++result.violations;
  }
  return result;
}

double turned_difference(double a, double b, double turn) {
  const double difference = b - a;
  return turn > 0 ? difference - turn * std::round(difference / turn) : difference;
}

double quantile(std::vector<double> values, double fraction) {
  if (values.empty()) throw Error(ErrorCode::kMissing, "quantile", "no values");
  std::sort(values.begin(), values.end());
  const double place = std::clamp(fraction, 0.0, 1.0) * static_cast<double>(values.size() - 1);
  const std::size_t left = static_cast<std::size_t>(place);
  const std::size_t right = std::min(left + 1, values.size() - 1);
  return values[left] + (place - static_cast<double>(left)) * (values[right] - values[left]);
}

}  // namespace betwixt
