// SPDX-License-Identifier: MIT
#include "betwixt/data/synthetic/detail/canvas.h"

namespace betwixt::detail {
namespace {

std::vector<double> gaussian(double sigma) {
  const int reach = static_cast<int>(std::ceil(4 * sigma));
  std::vector<double> weights;
  double sum = 0;
  for (int i = -reach; i <= reach; ++i) {
    weights.push_back(std::exp(-0.5 * (i / sigma) * (i / sigma)));
    sum += weights.back();
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

/// One axis: `count` lines of `length` values that lie `stride` apart; line i starts at start(i).
template <class Start>
void blur_lines(std::vector<double>& values, std::size_t count, std::size_t length, std::size_t stride, Start&& start,
                const std::vector<double>& weights) {
  const std::ptrdiff_t reach = static_cast<std::ptrdiff_t>(weights.size() / 2);
  const std::ptrdiff_t end = static_cast<std::ptrdiff_t>(length);
  std::vector<double> line(length);
  for (std::size_t l = 0; l < count; ++l) {
    const std::size_t first = start(l);
    for (std::size_t i = 0; i < length; ++i) line[i] = values[first + i * stride];
    for (std::ptrdiff_t i = 0; i < end; ++i) {
      double sum = 0;
      for (std::ptrdiff_t k = std::max(-reach, -i); k <= std::min(reach, end - 1 - i); ++k)
        sum += weights[static_cast<std::size_t>(k + reach)] * line[static_cast<std::size_t>(i + k)];
      values[first + static_cast<std::size_t>(i) * stride] = sum;
    }
  }
}

}  // namespace

void Canvas::blur(double sigma) {
  if (!(sigma > 0)) return;
  const std::vector<double> weights = gaussian(sigma);
  const std::size_t channels = static_cast<std::size_t>(channels_), width = static_cast<std::size_t>(width_);
  const std::size_t height = static_cast<std::size_t>(height_), row = width * channels;
  blur_lines(
      values_, height * channels, width, channels, [&](std::size_t i) { return i / channels * row + i % channels; },
      weights);
  blur_lines(
      values_, row, height, row, [](std::size_t i) { return i; }, weights);
}

}  // namespace betwixt::detail
