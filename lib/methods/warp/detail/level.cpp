// SPDX-License-Identifier: MIT
#include "betwixt/methods/warp/detail/level.h"

#include <algorithm>

#include "betwixt/ops/binary.h"
#include "betwixt/ops/concat.h"
#include "betwixt/ops/pad.h"
#include "betwixt/ops/pyramid.h"
#include "betwixt/ops/reduce.h"
#include "betwixt/ops/slice.h"
#include "betwixt/ops/unary.h"
#include "betwixt/tensor/program.h"

namespace betwixt::detail {
namespace {

constexpr double kLeastContrast = 0.05;
constexpr int kWholeSide = 16;

Tensor local_contrast(const Tensor& x) {
  const Tensor grey = mean(x, {3}, true);
  const Tensor centred = grey - blur(grey);
  return centred / sqrt(blur(blur(square(centred))) + kLeastContrast * kLeastContrast);
}

/// Largest difference to the four neighbours, mean over the channels.
Tensor edge_strength(const Tensor& x) {
  const std::int64_t h = x.shape()[1];
  const std::int64_t w = x.shape()[2];
  const Tensor padded = pad(x, {{0, 0}, {1, 1}, {1, 1}, {0, 0}}, PadMode::kClamp);
  auto moved = [&](std::int64_t dy, std::int64_t dx) {
    return mean(abs(slice(slice(padded, 1, 1 + dy, h), 2, 1 + dx, w) - x), {3}, true);
  };
  return maximum(maximum(moved(0, 1), moved(0, -1)), maximum(moved(1, 0), moved(-1, 0)));
}

Level store(const Device& device, const Tensor& pictures, std::vector<Tensor>& outputs) {
  const Shape& shape = pictures.shape();
  Level level{.height = static_cast<int>(shape[1]), .width = static_cast<int>(shape[2])};
  level.pictures = State(device, "warp.pictures", pictures.type());
  level.features = State(device, "warp.features", {shape.with(3, shape[3] + 1), DType::kF32});
  level.stiffness = State(device, "warp.stiffness", {shape.with(3, 1), DType::kF32});
  outputs.push_back(assign(level.pictures, pictures));
  outputs.push_back(assign(level.features, concat({pictures, local_contrast(pictures)}, 3)));
  outputs.push_back(assign(level.stiffness, exp(edge_strength(pictures) * -8.0) * 0.8 + 0.2));
  return level;
}

}  // namespace

int level_count(int height, int width) {
  int count = 1;
  for (int side = std::min(height, width); side >= 16; side = (side + 1) / 2) ++count;
  return count;
}

std::vector<Level> make_levels(const Device& device, const Images& pair, int count) {
  const State input(device, "warp.pair", {{2, pair.height, pair.width, pair.channels}, DType::kF32});
  std::vector<float> values(pair.pixels.size());
  std::transform(pair.pixels.begin(), pair.pixels.end(), values.begin(),
                 [](std::uint8_t v) { return static_cast<float>(v) / 255.0f; });
  input.write(values);
  std::vector<Level> levels;
  std::vector<Tensor> outputs;
  for (const Tensor& pictures : gaussian_pyramid(read(input), count - 1))
    levels.push_back(store(device, pictures, outputs));
  const int full = std::max(pair.height, pair.width);
  for (Level& level : levels) {
    const int side = std::max(level.height, level.width);
    level.whole = side <= kWholeSide && 4 * side <= full;
  }
  Program(device, outputs).run();
  return levels;
}

}  // namespace betwixt::detail
