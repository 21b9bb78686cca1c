// SPDX-License-Identifier: MIT
#include "betwixt/metrics/lines_scores.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "betwixt/core/error.h"

namespace betwixt {
namespace {

constexpr double kSmallestChange = 1e-4;
constexpr double kTie = 1e-10;

double norm_of(std::span<const float> row) {
  double squared = 0;
  for (const float value : row) squared += static_cast<double>(value) * static_cast<double>(value);
  return std::sqrt(squared);
}

}  // namespace

LineReference::LineReference(std::span<const float> pictures, std::vector<double> angles) : angles_(std::move(angles)) {
  if (angles_.empty()) throw Error(ErrorCode::kMissing, "lines_scores", "no reference lines");
  if (pictures.size() % angles_.size() != 0 || pictures.empty())
    throw Error(ErrorCode::kShape, "lines_scores", "%zu numbers for %zu pictures", pictures.size(), angles_.size());
  const std::size_t size = pictures.size() / angles_.size();
  size_ = static_cast<std::int64_t>(size);
  offsets_.push_back(0);
  for (std::size_t i = 0; i < angles_.size(); ++i) {
    const std::span<const float> row = pictures.subspan(i * size, size);
    norm_.push_back(norm_of(row));
    if (!(norm_.back() > 0)) throw Error(ErrorCode::kValue, "lines_scores", "reference picture %zu is all zeros", i);
    background_.push_back(static_cast<double>(row[0]));
    for (std::size_t p = 0; p < size; ++p) {
      if (row[p] == row[0]) continue;
      pixel_.push_back(static_cast<std::int32_t>(p));
      difference_.push_back(static_cast<double>(row[p]) - background_.back());
    }
    offsets_.push_back(static_cast<std::int64_t>(pixel_.size()));
  }
}

LineReference::Match LineReference::match(std::span<const float> picture) const {
  if (static_cast<std::int64_t>(picture.size()) != size_)
    throw Error(ErrorCode::kShape, "lines_scores", "a picture of %zu numbers among %lld", picture.size(),
                static_cast<long long>(size_));
  double sum = 0;
  for (const float value : picture) sum += static_cast<double>(value);
  const double norm = norm_of(picture);
  Match best{0, angles_[0], 3};
  for (std::size_t i = 0; i < angles_.size(); ++i) {
    double product = background_[i] * sum;
    for (std::size_t e = static_cast<std::size_t>(offsets_[i]); e < static_cast<std::size_t>(offsets_[i + 1]); ++e)
      product += difference_[e] * static_cast<double>(picture[static_cast<std::size_t>(pixel_[e])]);
    const double away = norm > 0 ? 1 - product / (norm * norm_[i]) : 1.0;
    if (away <= best.cosine_distance + kTie)
      best = {static_cast<std::int64_t>(i), angles_[i], std::min(away, best.cosine_distance)};
  }
  return best;
}

std::vector<double> unwrapped(std::span<const double> angles) {
  constexpr double kTurn = 2 * std::numbers::pi;
  std::vector<double> smooth(angles.begin(), angles.end());
  double shift = 0;
  for (std::size_t i = 1; i < smooth.size(); ++i) {
    const double step = angles[i] - angles[i - 1];
    if (std::fabs(step) > std::numbers::pi) shift -= kTurn * std::round(step / kTurn);
    smooth[i] = angles[i] + shift;
  }
  return smooth;
}

LinesScores lines_scores(std::span<const float> frames, std::int64_t frames_each, const LineReference& reference) {
  const std::size_t size = static_cast<std::size_t>(reference.picture_size());
  if (frames_each < 2 || frames.empty() || frames.size() % (size * static_cast<std::size_t>(frames_each)) != 0)
    throw Error(ErrorCode::kShape, "lines_scores", "%zu numbers for interpolations of %lld pictures", frames.size(),
                static_cast<long long>(frames_each));
  const std::size_t each = static_cast<std::size_t>(frames_each), interpolations = frames.size() / (size * each);
  LinesScores scores;
  for (std::size_t n = 0; n < interpolations; ++n) {
    std::vector<double> angles;
    for (std::size_t f = 0; f < each; ++f) {
      const LineReference::Match match = reference.match(frames.subspan((n * each + f) * size, size));
      angles.push_back(match.angle);
      scores.mean_distance += match.cosine_distance;
    }
    angles = unwrapped(angles);
    const double change = std::fabs(angles.back() - angles.front());
    double largest = 0;
    for (std::size_t f = 1; f < each; ++f) largest = std::max(largest, std::fabs(angles[f] - angles[f - 1]));
    if (change < kSmallestChange)
      ++scores.undefined;
    else
      scores.smoothness += largest / change - 1.0 / static_cast<double>(each - 1);
  }
  scores.mean_distance /= static_cast<double>(interpolations * each);
  scores.smoothness /= static_cast<double>(interpolations);
  return scores;
}

}  // namespace betwixt
