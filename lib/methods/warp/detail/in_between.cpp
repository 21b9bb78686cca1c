// SPDX-License-Identifier: MIT
#include "betwixt/methods/warp/detail/in_between.h"

#include <algorithm>
#include <cmath>

#include "betwixt/ops/binary.h"
#include "betwixt/ops/compositing.h"
#include "betwixt/ops/concat.h"
#include "betwixt/ops/fill.h"
#include "betwixt/ops/gradient.h"
#include "betwixt/ops/pyramid.h"
#include "betwixt/ops/reduce.h"
#include "betwixt/ops/slice.h"
#include "betwixt/ops/unary.h"
#include "betwixt/ops/warp.h"

namespace betwixt::detail {
namespace {

constexpr double kFrontness = 5.0;       ///< the fastest pixel covers the slowest e^5 to 1
constexpr double kLeastCoverage = 2e-3;  ///< below, a gap is filled from its surroundings

State stored(const Device& device, const char* name, const Shape& shape, const std::vector<float>& values) {
  State state(device, name, {shape, DType::kF32});
  state.write(values);
  return state;
}

/// Adds the values of every pixel p to the four pixels around p + flow(p): the transpose of `warp`.
Tensor splat(const Tensor& values, const Tensor& flow) {
  const Tensor canvas = zeros(values.shape());
  return gradient(warp(canvas, flow, {.border = Border::kZero}), {canvas}, values)[0];
}

/// sums / weights, and where weights are missing the same of the coarser picture.
Tensor fill_gaps(const Tensor& sums, const Tensor& weights) {
  const std::int64_t h = sums.shape()[1];
  const std::int64_t w = sums.shape()[2];
  if (h == 1 && w == 1) return sums / (weights + 1e-6);
  const Tensor around = pyramid_up(fill_gaps(pyramid_down(sums), pyramid_down(weights)), h, w);
  return (sums + around * kLeastCoverage) / (weights + kLeastCoverage);
}

/// Relative speed of every pixel in [0, 1]: its distance from the median motion over the largest such distance. What
/// moves more than the rest is taken to be in front.
std::vector<float> frontness(const WarpFields& fields) {
  const std::size_t pixels = static_cast<std::size_t>(fields.height) * fields.width;
  std::vector<float> result(2 * pixels);
  for (std::size_t side = 0; side < 2; ++side) {
    const float* flow = fields.flow.data() + side * 2 * pixels;
    float middle[2];
    for (std::size_t axis = 0; axis < 2; ++axis) {
      std::vector<float> values(pixels);
      for (std::size_t i = 0; i < pixels; ++i) values[i] = flow[2 * i + axis];
      std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(pixels / 2), values.end());
      middle[axis] = values[pixels / 2];
    }
    for (std::size_t i = 0; i < pixels; ++i)
      result[side * pixels + i] = std::hypot(flow[2 * i] - middle[0], flow[2 * i + 1] - middle[1]);
  }
  const float largest = std::max(1.0f, *std::max_element(result.begin(), result.end()));
  for (float& v : result) v /= largest;
  return result;
}

/// Sum of both entries of [2,...]: [1,...].
Tensor both(const Tensor& x) { return sum(x, {0}, true); }

}  // namespace

InBetween::InBetween(const Device& device, const State& pictures, const WarpFields& fields)
    : time_(device, "warp.time", {{1}, DType::kF32}) {
  const std::int64_t h = fields.height;
  const std::int64_t w = fields.width;
  const std::int64_t c = fields.channels;
  const Tensor flow = read(stored(device, "warp.flow", {2, h, w, 2}, fields.flow));
  const Tensor keep = sigmoid(read(stored(device, "warp.keep", {2, h, w, 1}, fields.keep)));
  const Tensor matrix = read(stored(device, "warp.matrix", {2, c, c}, fields.matrix));
  const Tensor bias = read(stored(device, "warp.bias", {2, c}, fields.bias));
  const Tensor front = exp(read(stored(device, "warp.front", {2, h, w, 1}, frontness(fields))) * kFrontness);
  const Tensor original = read(pictures);

  // Times from each picture's own side: t and 1 - t. Motions are compared in the direction from first to second.
  const Shape per_side{2, 1, 1, 1};
  const Tensor away = constant({0.0, 1.0}, per_side) + constant({1.0, -1.0}, per_side) * read(time_);
  const Tensor direction = constant({1.0, -1.0}, per_side);
  const Tensor motion = flow * direction;
  const Tensor near = 1.0 - away;

  const Tensor weight = front * (visibility(flow) * 0.9 + 0.1) * (near * 0.95 + 0.05) * std::exp(-kFrontness);
  const Tensor landed = splat(concat({motion * weight, weight}, 3), flow * away);
  const Tensor meeting = both(landed);
  const Tensor moving = fill_gaps(slice(meeting, 3, 0, 2), slice(meeting, 3, 2, 1));

  // Looking back from the picture in between along the common motion, and whether the pixel seen there came this way.
  const Tensor back = concat({moving, moving}, 0) * direction * away * -1.0;
  const Tensor colours = original + (recolor(original, matrix, bias, keep) - original) * away;
  const Tensor seen = warp(concat({colours, motion}, 3), back);
  const Tensor strange = sum(square(slice(seen, 3, c, 2) - moving), {3}, true);
  const Tensor tolerance = sum(square(moving), {3}, true) * 0.01 + 0.5;
  const Tensor share = near * (exp(-(strange / tolerance)) + 1e-3);
  program_ = Program(device, {both(slice(seen, 3, 0, c) * share) / both(share)});
}

std::vector<float> InBetween::at(double t) {
  time_.write(std::vector<float>{static_cast<float>(t)});
  program_.run();
  return program_.values<float>();
}

}  // namespace betwixt::detail
