// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "betwixt/core/error.h"
#include "betwixt/image/images.h"

namespace betwixt::detail {

/// Channel values in [0, 1]; grey pictures use the first.
using Colour = std::array<double, 3>;

/// A picture in doubles, painted with signed distance functions and stored as bytes. Positions are in units of the
/// picture's width, x to the right, y down, (0, 0) the top left corner; pixels are sampled at their centres.
class Canvas {
 public:
  Canvas(int height, int width, int channels) : height_(height), width_(width), channels_(channels) {
    if (height < 1 || width < 1 || (channels != 1 && channels != 3))
      throw Error(ErrorCode::kArgument, "scene", "pictures of %dx%dx%d", width, height, channels);
    values_.resize(static_cast<std::size_t>(height) * static_cast<std::size_t>(width) *
                   static_cast<std::size_t>(channels));
  }

  int width() const { return width_; }

  /// colour(x, y) everywhere.
  template <class Shade>
  void shade(Shade&& colour) {
    for_pixels([&](double x, double y, double* pixel) {
      const Colour c = colour(x, y);
      for (int i = 0; i < channels_; ++i) pixel[i] = c[static_cast<std::size_t>(i)];
    });
  }

  /// Covers where `distance(x, y)` (negative inside, in widths) is below 0. The edge is a ramp of `edge` pixels.
  template <class Distance>
  void paint(Distance&& distance, const Colour& colour, double opacity = 1, double edge = 1) {
    paint_shaded(
        distance, [&](double, double) { return colour; }, opacity, edge);
  }

  template <class Distance, class Shade>
  void paint_shaded(Distance&& distance, Shade&& colour, double opacity = 1, double edge = 1) {
    for_pixels([&](double x, double y, double* pixel) {
      const double coverage = opacity * std::clamp(0.5 - distance(x, y) * width_ / edge, 0.0, 1.0);
      if (coverage <= 0) return;
      const Colour c = colour(x, y);
      for (int i = 0; i < channels_; ++i) pixel[i] += coverage * (c[static_cast<std::size_t>(i)] - pixel[i]);
    });
  }

  /// Gaussian blur of `sigma` pixels, zero outside the picture; nothing for 0.
  void blur(double sigma);

  /// Rounds to bytes into picture `index`.
  void store(Images& images, std::int64_t index) const {
    const auto bytes = images.picture(index);
    for (std::size_t i = 0; i < bytes.size(); ++i)
      bytes[i] = static_cast<std::uint8_t>(std::clamp(values_[i], 0.0, 1.0) * 255 + 0.5);
  }

 private:
  template <class Visit>
  void for_pixels(Visit&& visit) {
    double* pixel = values_.data();
    for (int y = 0; y < height_; ++y)
      for (int x = 0; x < width_; ++x, pixel += channels_) visit((x + 0.5) / width_, (y + 0.5) / width_, pixel);
  }

  int height_;
  int width_;
  int channels_;
  std::vector<double> values_;
};

/// Distance to a disk.
inline double disk_distance(double x, double y, double centre_x, double centre_y, double radius) {
  return std::hypot(x - centre_x, y - centre_y) - radius;
}

/// Distance to a line segment with round ends, of the given half width.
inline double capsule_distance(double x, double y, double x0, double y0, double x1, double y1, double half_width) {
  const double dx = x1 - x0, dy = y1 - y0, squared = dx * dx + dy * dy;
  const double along = squared > 0 ? std::clamp(((x - x0) * dx + (y - y0) * dy) / squared, 0.0, 1.0) : 0.0;
  return std::hypot(x - x0 - along * dx, y - y0 - along * dy) - half_width;
}

/// Distance to an ellipse, right near its edge (value over gradient of the implicit function).
inline double ellipse_distance(double x, double y, double centre_x, double centre_y, double radius_x, double radius_y,
                               double angle = 0) {
  const double c = std::cos(angle), s = std::sin(angle);
  const double u = c * (x - centre_x) + s * (y - centre_y), v = -s * (x - centre_x) + c * (y - centre_y);
  const double k = std::hypot(u / radius_x, v / radius_y);
  const double slope = std::hypot(u / (radius_x * radius_x), v / (radius_y * radius_y));
  return slope > 0 ? k * (k - 1) / slope : -std::min(radius_x, radius_y);
}

}  // namespace betwixt::detail
