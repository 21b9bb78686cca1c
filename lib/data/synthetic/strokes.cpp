// SPDX-License-Identifier: MIT
#include "betwixt/data/synthetic/strokes.h"

#include <algorithm>

#include "betwixt/core/error.h"
#include "betwixt/data/synthetic/detail/canvas.h"
#include "betwixt/data/synthetic/detail/random_numbers.h"

namespace betwixt {
namespace {

constexpr int kPieces = 24;  // straight pieces of a curve; below a fiftieth of a pixel off at 28 pixels

double bezier(const std::array<double, 4>& p, double t) {
  const double s = 1 - t;
  return s * s * s * p[0] + 3 * s * s * t * p[1] + 3 * s * t * t * p[2] + t * t * t * p[3];
}

struct Curve {
  std::array<double, kPieces + 1> x{};
  std::array<double, kPieces + 1> y{};

  double distance(double at_x, double at_y, double half_width) const {
    double nearest = 1e9;
    for (std::size_t i = 0; i < kPieces; ++i)
      nearest = std::min(nearest, detail::capsule_distance(at_x, at_y, x[i], y[i], x[i + 1], y[i + 1], half_width));
    return nearest;
  }
};

Curve curve_of(const StrokeFactors& stroke) {
  Curve curve;
  for (std::size_t i = 0; i <= kPieces; ++i) {
    curve.x[i] = bezier(stroke.x, static_cast<double>(i) / kPieces);
    curve.y[i] = bezier(stroke.y, static_cast<double>(i) / kPieces);
  }
  return curve;
}

}  // namespace

Images strokes(std::span<const StrokeFactors> factors, int pixels) {
  Images images(static_cast<std::int64_t>(factors.size()), pixels, pixels, 1);
  for (std::size_t i = 0; i < factors.size(); ++i) {
    if (!(factors[i].width > 0)) throw Error(ErrorCode::kArgument, "strokes", "width %g", factors[i].width);
    const Curve curve = curve_of(factors[i]);
    detail::Canvas canvas(pixels, pixels, 1);
    canvas.paint([&](double x, double y) { return curve.distance(x, y, factors[i].width / 2); }, {1, 1, 1});
    canvas.store(images, static_cast<std::int64_t>(i));
  }
  return images;
}

std::vector<StrokeFactors> random_strokes(std::int64_t count, std::uint64_t seed) {
  const RandomStream stream(seed, "scene/strokes");
  std::vector<StrokeFactors> factors;
  for (std::int64_t i = 0; i < count; ++i) {
    detail::SceneNumbers random(stream, i);
    StrokeFactors stroke;
    for (double& value : stroke.x) value = random.between(0.12, 0.88);
    for (double& value : stroke.y) value = random.between(0.12, 0.88);
    stroke.width = random.between(2.0, 3.0) / 28;
    factors.push_back(stroke);
  }
  return factors;
}

}  // namespace betwixt
