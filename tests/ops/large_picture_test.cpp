// SPDX-License-Identifier: MIT
// Results so large that the CPU kernels write them past the caches; odd sizes, so that rows begin anywhere in a line.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "betwixt/cpu/cpu_device.h"
#include "betwixt/ops/fill.h"
#include "betwixt/ops/pyramid.h"
#include "betwixt/ops/resize.h"
#include "betwixt/ops/unary.h"
#include "betwixt/ops/warp.h"
#include "betwixt/tensor/program.h"

namespace betwixt {
namespace {

constexpr int kHeight = 2411;
constexpr int kWidth = 2377;  // 68.8 MB with three channels

std::vector<float> pattern() {
  std::vector<float> values(static_cast<std::size_t>(kHeight) * kWidth * 3);
  std::uint32_t state = 1;
  for (float& value : values) {
    state = state * 1664525u + 1013904223u;
    value = static_cast<float>(state >> 8) / static_cast<float>(1 << 24);
  }
  return values;
}

State state_of(const Device& device, const std::vector<float>& values) {
  const State state(device, "picture", {Shape{1, kHeight, kWidth, 3}, DType::kF32});
  state.write(values);
  return state;
}

std::vector<float> computed(const Device& device, const Tensor& tensor) {
  Program program(device, {tensor});
  program.run();
  return program.values<float>();
}

TEST(LargePicture, AWarpByNothingMovesNothing) {
  const Device device = cpu_device({.threads = 2});
  const std::vector<float> picture = pattern();
  const Tensor flow = fill(0, Shape{1, kHeight, kWidth, 2});
  EXPECT_TRUE(computed(device, warp(read(state_of(device, picture)), flow)) == picture);
}

TEST(LargePicture, AShiftByOnePixelMovesEveryRow) {
  const Device device = cpu_device({.threads = 2});
  const std::vector<float> picture = pattern();
  const Tensor flow = fill(1, Shape{1, kHeight, kWidth, 2});
  const std::vector<float> moved = computed(device, warp(read(state_of(device, picture)), flow));
  bool same = true;
  for (std::size_t y = 0; y < kHeight; ++y)
    for (std::size_t x = 0; x < kWidth; ++x) {
      const std::size_t from =
          (std::min<std::size_t>(y + 1, kHeight - 1) * kWidth + std::min<std::size_t>(x + 1, kWidth - 1)) * 3;
      for (std::size_t c = 0; c < 3; ++c) same &= moved[(y * kWidth + x) * 3 + c] == picture[from + c];
    }
  EXPECT_TRUE(same);
}

TEST(LargePicture, APyramidCollapsesToItselfWithTheSameBitsForAnyNumberOfThreads) {
  const std::vector<float> picture = pattern();
  std::vector<std::vector<float>> results;
  for (const int threads : {1, 3}) {
    const Device device = cpu_device({.threads = threads});
    results.push_back(computed(device, pyramid_collapse(laplacian_pyramid(read(state_of(device, picture)), 3))));
  }
  EXPECT_TRUE(results[0] == results[1]);
  float largest = 0;
  for (std::size_t i = 0; i < picture.size(); ++i) largest = std::max(largest, std::abs(results[0][i] - picture[i]));
  EXPECT_LE(largest, 1e-6f);
}

/// The first `rows` rows of a picture of sixteen channels; all 516 give a doubled one of 68.2 MB.
Tensor features(const Device& device, const std::vector<float>& values, std::int64_t rows) {
  const Shape shape{1, rows, 516, 16};
  const State state(device, "features", {shape, DType::kF32});
  state.write(std::vector<float>(values.begin(), values.begin() + shape.elements()));
  return read(state);
}

void expect_doubled_in_parts(Tensor (*twice)(const Tensor&, std::int64_t, std::int64_t)) {
  constexpr std::int64_t kRows = 20;
  const Device device = cpu_device({.threads = 2});
  const std::vector<float> values = pattern();
  const std::vector<float> whole = computed(device, twice(features(device, values, 516), 1032, 1032));
  const std::vector<float> part = computed(device, twice(features(device, values, kRows), 2 * kRows, 1032));
  const auto kept = static_cast<std::ptrdiff_t>((2 * kRows - 1) * 1032 * 16);  // the last row is a border
  EXPECT_TRUE(std::equal(part.begin(), part.begin() + kept, whole.begin()));
}

TEST(LargePicture, DoublingGivesTheRowsThatDoublingAPartGives) {
  expect_doubled_in_parts(resize_nearest);
  expect_doubled_in_parts(
      [](const Tensor& x, std::int64_t height, std::int64_t width) { return resize_bilinear(x, height, width); });
}

TEST(LargePicture, AFunctionOfEveryElementDoesNotDependOnTheSize) {
  const Device device = cpu_device({.threads = 2});
  const std::vector<float> values = pattern();
  const std::vector<float> whole = computed(device, sigmoid(read(state_of(device, values))));
  constexpr std::int64_t kPart = 10007;
  const State part(device, "part", {Shape{kPart}, DType::kF32});
  for (std::int64_t begin = 0; begin + kPart <= static_cast<std::int64_t>(values.size()); begin += 531 * kPart) {
    part.write(std::vector<float>(values.begin() + begin, values.begin() + begin + kPart));
    const std::vector<float> expected = computed(device, sigmoid(read(part)));
    EXPECT_TRUE(std::equal(expected.begin(), expected.end(), whole.begin() + begin)) << begin;
  }
}

}  // namespace
}  // namespace betwixt
