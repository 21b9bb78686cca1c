// SPDX-License-Identifier: MIT
#include "betwixt/data/synthetic/simple_shapes.h"

#include <algorithm>
#include <cmath>

#include "betwixt/core/error.h"
#include "betwixt/data/synthetic/detail/canvas.h"

namespace betwixt {
namespace {

constexpr int kPoints = 16;  // per pixel and axis

bool inside(SimpleShape shape, const ShapeFactors& factors, double x, double y) {
  switch (shape) {
    case SimpleShape::kSquare:
      return std::max(std::fabs(x), std::fabs(y)) < factors.radius;
    case SimpleShape::kRing: {
      const double away = std::hypot(x, y);
      return away >= factors.radius && away < factors.radius + 1;
    }
    case SimpleShape::kEllipse: {
      const double c = std::cos(factors.angle), s = std::sin(factors.angle);
      // y points down in pictures.
      return factors.radius > 0 && factors.radius_y > 0 &&
             std::hypot((c * x - s * y) / factors.radius, (s * x + c * y) / factors.radius_y) < 1;
    }
    case SimpleShape::kDisk:
      break;
  }
  return x * x + y * y < factors.radius * factors.radius;
}

/// Part of a pixel, seen from the centre of the shape, that is inside.
double covered(SimpleShape shape, const ShapeFactors& factors, double x, double y) {
  int count = 0;
  for (int j = 0; j < kPoints; ++j)
    for (int i = 0; i < kPoints; ++i)
      count += inside(shape, factors, x + (i + 0.5) / kPoints - 0.5, y + (j + 0.5) / kPoints - 0.5) ? 1 : 0;
  return static_cast<double>(count) / (kPoints * kPoints);
}

void check(const ShapeFactors& factors) {
  if (!(factors.radius >= 0 && factors.radius_y >= 0 && std::isfinite(factors.radius + factors.radius_y)) ||
      !std::isfinite(factors.x + factors.y + factors.angle))
    throw Error(ErrorCode::kArgument, "simple_shapes", "radius %g and %g at %g, %g", factors.radius, factors.radius_y,
                factors.x, factors.y);
}

}  // namespace

Images simple_shapes(std::span<const ShapeFactors> factors, const SimpleShapeOptions& options) {
  Images images(static_cast<std::int64_t>(factors.size()), options.pixels, options.pixels, 1);
  const double size = options.pixels;
  for (std::size_t i = 0; i < factors.size(); ++i) {
    check(factors[i]);
    detail::Canvas canvas(options.pixels, options.pixels, 1);
    canvas.shade([&](double x, double y) {
      const double value =
          covered(options.shape, factors[i], (x - 0.5) * size - factors[i].x, (y - 0.5) * size - factors[i].y);
      return detail::Colour{value, value, value};
    });
    canvas.blur(options.sigma);
    canvas.store(images, static_cast<std::int64_t>(i));
  }
  return images;
}

}  // namespace betwixt
