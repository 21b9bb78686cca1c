// SPDX-License-Identifier: MIT
#include "betwixt/image/masks.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "betwixt/core/error.h"
#include "betwixt/image/detail/geometry.h"

namespace betwixt {
namespace {

void check_length(const char* what, double value) {
  if (!std::isfinite(value) || value < 0) throw Error(ErrorCode::kArgument, "mask", "%s is %g", what, value);
}

void check_points(std::span<const Point> points) {
  for (const Point& p : points)
    if (!std::isfinite(p.x) || !std::isfinite(p.y))
      throw Error(ErrorCode::kArgument, "mask", "a point is (%g, %g)", p.x, p.y);
}

float coverage(double distance, double feather) {
  if (feather <= 0) return distance >= 0 ? 1.0f : 0.0f;
  const double t = std::clamp(distance / feather + 0.5, 0.0, 1.0);
  return static_cast<float>(t * t * (3 - 2 * t));
}

struct Box {
  Point low, high;
};

Box box_of(std::span<const Point> points) {
  Box box{points[0], points[0]};
  for (const Point& p : points) {
    box.low = {std::min(box.low.x, p.x), std::min(box.low.y, p.y)};
    box.high = {std::max(box.high.x, p.x), std::max(box.high.y, p.y)};
  }
  return box;
}

Point moved(Point p, double by) { return {p.x + by, p.y + by}; }

/// Positive inside the closed polygon, even-odd.
double polygon_distance(Point p, std::span<const Point> points) {
  double nearest = std::numeric_limits<double>::infinity();
  bool inside = false;
  for (std::size_t i = 0, last = points.size() - 1; i < points.size(); last = i++) {
    const Point a = points[last];
    const Point b = points[i];
    nearest = std::min(nearest, detail::distance_to_segment(p, a, b));
    if ((a.y > p.y) != (b.y > p.y) && p.x < a.x + (p.y - a.y) / (b.y - a.y) * (b.x - a.x)) inside = !inside;
  }
  return inside ? nearest : -nearest;
}

/// Smooths `length` numbers `step` apart; `line` is scratch.
void soften_line(float* values, std::ptrdiff_t step, int length, std::span<const float> weights,
                 std::vector<float>& line) {
  const int radius = static_cast<int>(weights.size()) / 2;
  for (int i = 0; i < length; ++i) line[static_cast<std::size_t>(i)] = values[i * step];
  for (int i = 0; i < length; ++i) {
    float sum = 0;
    for (int k = -radius; k <= radius; ++k)
      sum += weights[static_cast<std::size_t>(k + radius)] *
             line[static_cast<std::size_t>(std::clamp(i + k, 0, length - 1))];
    values[i * step] = sum;
  }
}

std::vector<float> gaussian_weights(double sigma) {
  const int radius = static_cast<int>(std::ceil(3 * sigma));
  std::vector<double> weights;
  double total = 0;
  for (int k = -radius; k <= radius; ++k) total += weights.emplace_back(std::exp(-0.5 * k * k / (sigma * sigma)));
  std::vector<float> result;
  for (const double weight : weights) result.push_back(static_cast<float>(weight / total));
  return result;
}

}  // namespace

Mask::Mask(int height, int width, float value) : image_(1, height, width, 1, value) {
  if (height < 1 || width < 1) throw Error(ErrorCode::kArgument, "mask", "%d by %d", width, height);
}

template <class Distance>
void Mask::paint(Point low, Point high, const PaintOptions& options, const Distance& distance) {
  check_length("feather", options.feather);
  check_length("opacity", options.opacity);
  const detail::PixelSpan columns(low.x - options.feather, high.x + options.feather, width());
  const detail::PixelSpan rows(low.y - options.feather, high.y + options.feather, height());
  const auto opacity = static_cast<float>(std::min(options.opacity, 1.0));
  for (int y = rows.begin; y < rows.end; ++y)
    for (int x = columns.begin; x < columns.end; ++x) {
      float& value = image_.pixel(0, y, x)[0];
      const Point p{static_cast<double>(x), static_cast<double>(y)};
      value += (options.value - value) * opacity * coverage(distance(p), options.feather);
    }
}

Mask& Mask::disc(Point centre, double radius, const PaintOptions& options) {
  check_points({&centre, 1});
  check_length("radius", radius);
  paint(moved(centre, -radius), moved(centre, radius), options,
        [&](Point p) { return radius - std::hypot(p.x - centre.x, p.y - centre.y); });
  return *this;
}

Mask& Mask::stroke(std::span<const Point> points, double width, const PaintOptions& options) {
  check_points(points);
  check_length("width", width);
  if (points.empty()) return *this;
  const Box box = box_of(points);
  paint(moved(box.low, -width / 2), moved(box.high, width / 2), options, [&](Point p) {
    double nearest = detail::distance_to_segment(p, points[0], points[0]);
    for (std::size_t i = 1; i < points.size(); ++i)
      nearest = std::min(nearest, detail::distance_to_segment(p, points[i - 1], points[i]));
    return width / 2 - nearest;
  });
  return *this;
}

Mask& Mask::polygon(std::span<const Point> points, const PaintOptions& options) {
  check_points(points);
  if (points.size() < 3) throw Error(ErrorCode::kArgument, "mask", "a polygon of %zu points", points.size());
  const Box box = box_of(points);
  paint(box.low, box.high, options, [&](Point p) { return polygon_distance(p, points); });
  return *this;
}

Mask& Mask::soften(double sigma) {
  check_length("sigma", sigma);
  if (sigma == 0) return *this;
  const std::vector<float> weights = gaussian_weights(std::min<double>(sigma, std::max(width(), height())));
  std::vector<float> line(static_cast<std::size_t>(std::max(width(), height())));
  for (int y = 0; y < height(); ++y) soften_line(&image_.pixel(0, y, 0)[0], 1, width(), weights, line);
  for (int x = 0; x < width(); ++x) soften_line(&image_.pixel(0, 0, x)[0], width(), height(), weights, line);
  return *this;
}

Mask& Mask::invert() {
  for (float& value : image_.values) value = 1 - value;
  return *this;
}

}  // namespace betwixt
