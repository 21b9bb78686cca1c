// SPDX-License-Identifier: MIT
#include "betwixt/metrics/path_measures.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "betwixt/core/error.h"
#include "betwixt/metrics/image_quality.h"
#include "betwixt/metrics/nearest_picture.h"

namespace betwixt {
namespace {

void check_frames(const char* operation, std::int64_t frames, std::int64_t least) {
  if (frames < least)
    throw Error(ErrorCode::kArgument, operation, "%lld frames, at least %lld", static_cast<long long>(frames),
                static_cast<long long>(least));
}

double wrapped_mse(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const std::uint8_t difference = static_cast<std::uint8_t>(a[i] - b[i]);
    sum += static_cast<std::uint8_t>(difference * difference);
  }
  return static_cast<double>(sum) / static_cast<double>(a.size());
}

/// Largest over mean.
double uniformity(const std::vector<double>& steps) {
  const double average = mean(steps);
  return average > 0 ? *std::max_element(steps.begin(), steps.end()) / average : 1.0;
}

}  // namespace

double imse(const Images& frames, const Images& set) {
  check_frames("imse", frames.count, 1);
  double sum = 0;
  for (const PictureMatch& match : nearest_pictures(frames, set)) sum += static_cast<double>(match.squared);
  return sum / (static_cast<double>(frames.count) * static_cast<double>(frames.picture_bytes()));
}

double imse_u8wrap(const Images& frames, const Images& set) {
  check_frames("imse_u8wrap", frames.count, 1);
  check_same_size("imse_u8wrap", frames, set);
  check_frames("imse_u8wrap set", set.count, 1);
  double sum = 0;
  for (std::int64_t f = 0; f < frames.count; ++f) {
    double best = std::numeric_limits<double>::infinity();
    for (std::int64_t i = 0; i < set.count; ++i) best = std::min(best, wrapped_mse(frames.picture(f), set.picture(i)));
    sum += best;
  }
  return sum / static_cast<double>(frames.count);
}

double step_uniformity(const Images& frames) {
  check_frames("step_uniformity", frames.count, 2);
  std::vector<double> steps;
  for (std::int64_t i = 1; i < frames.count; ++i) steps.push_back(std::sqrt(mse(frames, i - 1, frames, i)));
  return uniformity(steps);
}

double step_uniformity(std::span<const float> frames, std::int64_t width) {
  if (width < 1 || static_cast<std::int64_t>(frames.size()) % width != 0)
    throw Error(ErrorCode::kShape, "step_uniformity", "%zu numbers in rows of %lld", frames.size(),
                static_cast<long long>(width));
  const std::size_t row = static_cast<std::size_t>(width);
  check_frames("step_uniformity", static_cast<std::int64_t>(frames.size() / row), 2);
  std::vector<double> steps;
  for (std::size_t begin = row; begin < frames.size(); begin += row) {
    double squared = 0;
    for (std::size_t i = begin; i < begin + row; ++i) {
      const double difference = static_cast<double>(frames[i]) - static_cast<double>(frames[i - row]);
      squared += difference * difference;
    }
    steps.push_back(std::sqrt(squared));
  }
  return uniformity(steps);
}

BoundaryError boundary_error(const Images& frames, const Images& set, std::int64_t from, std::int64_t to) {
  check_frames("boundary_error", frames.count, 1);
  return {mse(frames, 0, set, from), mse(frames, frames.count - 1, set, to)};
}

PerfectPath perfect_path(const Images& frames, std::span<const Images> sequences) {
  check_frames("perfect_path", frames.count, 1);
  if (sequences.empty()) throw Error(ErrorCode::kMissing, "perfect_path", "no true sequence to compare with");
  PerfectPath best{std::numeric_limits<double>::infinity(), -1};
  for (std::size_t s = 0; s < sequences.size(); ++s) {
    if (sequences[s].count != frames.count)
      throw Error(ErrorCode::kShape, "perfect_path", "a true sequence of %lld frames beside %lld",
                  static_cast<long long>(sequences[s].count), static_cast<long long>(frames.count));
    double score = 0;
    for (std::int64_t i = 0; i < frames.count; ++i) score += mse(frames, i, sequences[s], i);
    score *= 255.0 * 255.0 / static_cast<double>(frames.count);
    if (score < best.score) best = {score, static_cast<std::int64_t>(s)};
  }
  return best;
}

}  // namespace betwixt
