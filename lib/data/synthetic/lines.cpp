// SPDX-License-Identifier: MIT
#include "betwixt/data/synthetic/lines.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "betwixt/core/error.h"

namespace betwixt {
namespace {

constexpr int kSize = 32;
constexpr double kCentre = 16;
constexpr double kLength = 15;
constexpr double kWidth = 2;

/// Adds weights of one row's stretch [start, start + width); the ends count in part.
template <class Add>
void add_stretch(double start, double weight, Add&& add) {
  const double end = start + kWidth;
  const int first = static_cast<int>(std::ceil(start)), last = static_cast<int>(std::floor(end));
  for (int x = first; x < last; ++x) add(x, weight);
  add(static_cast<int>(std::floor(start)), weight * (std::ceil(start) - start));
  add(last, weight * (end - std::floor(end)));
}

void draw_line(double angle, std::span<float> picture) {
  // Summed in double: mirrored lines stay mirrored to the last bit when they are rounded.
  std::vector<double> sum(picture.size(), 0.0);
  double x0 = kCentre, y0 = kCentre;
  double x1 = kCentre + kLength * std::cos(-angle), y1 = kCentre + kLength * std::sin(-angle);
  const bool flat = std::fabs(y1 - y0) < std::fabs(x1 - x0);
  if (flat) {
    std::swap(x0, y0);
    std::swap(x1, y1);
  }
  if (y0 > y1) {
    std::swap(x0, x1);
    std::swap(y0, y1);
  }
  x0 -= kWidth / 2;
  x1 -= kWidth / 2;
  const double slope = (x1 - x0) / (y1 - y0);
  const int rows_end = static_cast<int>(std::ceil(y1));
  for (int y = static_cast<int>(std::floor(y0)); y < rows_end; ++y) {
    // The first row counts in part; the last row never does, in the authors' code as here.
    const double weight = y < std::ceil(y0) ? std::ceil(y0) - y0 : 1.0;
    add_stretch(x0 + (y - y0 - 0.5) * slope, weight, [&](int x, double part) {
      if (x < 0 || x >= kSize || y < 0 || y >= kSize) return;
      sum[static_cast<std::size_t>(flat ? x * kSize + y : y * kSize + x)] += 2 * part;
    });
  }
  for (std::size_t i = 0; i < sum.size(); ++i) picture[i] = static_cast<float>(std::clamp(sum[i] - 1, -1.0, 1.0));
}

}  // namespace

std::vector<float> line_rows(std::span<const double> angles) {
  constexpr std::size_t kPixels = std::size_t{kSize} * kSize;
  std::vector<float> rows(angles.size() * kPixels, 0.0f);
  for (std::size_t i = 0; i < angles.size(); ++i) draw_line(angles[i], std::span(rows).subspan(i * kPixels, kPixels));
  return rows;
}

Images lines(std::span<const double> angles) {
  const std::vector<float> rows = line_rows(angles);
  Images images(static_cast<std::int64_t>(angles.size()), kSize, kSize, 1);
  for (std::size_t i = 0; i < rows.size(); ++i)
    images.pixels[i] = static_cast<std::uint8_t>((rows[i] + 1) * 127.5f + 0.5f);
  return images;
}

std::vector<double> line_angles(int count) {
  if (count < 1) throw Error(ErrorCode::kArgument, "line_angles", "%d angles", count);
  std::vector<double> angles;
  angles.reserve(static_cast<std::size_t>(count));
  for (int k = 0; k < count; ++k) angles.push_back(2 * std::numbers::pi * k / count);
  return angles;
}

}  // namespace betwixt
