// SPDX-License-Identifier: MIT
#include "betwixt/metrics/lines_scores.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "betwixt/core/error.h"
#include "betwixt/data/synthetic/lines.h"

namespace betwixt {
namespace {

constexpr int kFrames = 16;
constexpr double kStart = 5 * std::numbers::pi / 7;
constexpr double kEnd = 3 * std::numbers::pi / 2;

const LineReference& reference() {
  static const LineReference all(line_rows(line_angles()), line_angles());
  return all;
}

std::vector<double> even_angles(double from, double to) {
  std::vector<double> angles;
  for (int i = 0; i < kFrames; ++i) angles.push_back(from + (to - from) * i / (kFrames - 1));
  return angles;
}

/// Anchors computed independently from the authors' definition, three digits.
void expect_anchor(const std::vector<float>& frames, double distance, double distance_digit, double smoothness,
                   double smoothness_digit) {
  const LinesScores scores = lines_scores(frames, kFrames, reference());
  EXPECT_NEAR(scores.mean_distance, distance, distance_digit);
  EXPECT_NEAR(scores.smoothness, smoothness, smoothness_digit);
}

TEST(LinesScores, TrueLines) { expect_anchor(line_rows(even_angles(kStart, kEnd)), 2.0e-7, 0.06e-7, 1.7e-5, 0.06e-5); }

TEST(LinesScores, PixelCrossDissolve) {
  const std::vector<float> ends = line_rows(std::vector<double>{kStart, kEnd});
  std::vector<float> frames;
  for (int i = 0; i < kFrames; ++i)
    for (std::size_t p = 0; p < 1024; ++p) {
      const double alpha = static_cast<double>(i) / (kFrames - 1);
      frames.push_back(static_cast<float>((1 - alpha) * ends[p] + alpha * ends[1024 + p]));
    }
  expect_anchor(frames, 7.217e-3, 0.0006e-3, 0.940, 0.0006);
}

TEST(LinesScores, AbruptChange) {
  std::vector<double> angles(kFrames, kStart);
  for (std::size_t i = kFrames / 2; i < angles.size(); ++i) angles[i] = kEnd;
  expect_anchor(line_rows(angles), 2.5e-7, 0.06e-7, 0.9333, 0.00006);
}

TEST(LinesScores, TheLongWayRound) {
  expect_anchor(line_rows(even_angles(kStart, kEnd - 2 * std::numbers::pi)), 1.8e-7, 0.06e-7, 4.4e-5, 0.06e-5);
}

TEST(LinesScores, InterpolationsThatStandStillAreLeftOutOfTheSumButCounted) {
  std::vector<float> frames = line_rows(std::vector<double>(kFrames, kStart));
  const std::vector<float> abrupt = [] {
    std::vector<double> angles(kFrames, kStart);
    angles.back() = kEnd;
    return line_rows(angles);
  }();
  frames.insert(frames.end(), abrupt.begin(), abrupt.end());
  const LinesScores scores = lines_scores(frames, kFrames, reference());
  EXPECT_EQ(scores.undefined, 1);
  EXPECT_NEAR(scores.smoothness, (1 - 1.0 / 15) / 2, 1e-6);
}

TEST(LinesScores, MatchesTheAngleOfAnyLine) {
  for (const double angle : {0.3, 1.9, 4.4}) {
    const LineReference::Match match = reference().match(line_rows(std::vector<double>{angle}));
    EXPECT_NEAR(match.angle, angle, 2 * std::numbers::pi / 10000);
    EXPECT_LT(match.cosine_distance, 1e-5);
  }
  EXPECT_THROW(reference().match(std::vector<float>(7)), Error);
}

TEST(LinesScores, UnwrapsLikeNumpy) {
  const std::vector<double> angles{0.1, 6.2, 6.0, 0.2, 0.4};
  const std::vector<double> smooth = unwrapped(angles);
  const double turn = 2 * std::numbers::pi;
  const std::vector<double> expected{0.1, 6.2 - turn, 6.0 - turn, 0.2, 0.4};
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(smooth[i], expected[i], 1e-12);
}

}  // namespace
}  // namespace betwixt
