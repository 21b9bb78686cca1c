// SPDX-License-Identifier: MIT
#include "betwixt/data/synthetic/pole_shadow.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "betwixt/core/error.h"
#include "betwixt/data/synthetic/detail/canvas.h"

namespace betwixt {
namespace {

constexpr double kDegree = std::numbers::pi / 180;
constexpr double kShadowLength = 0.40;  // at 45 degrees, in picture widths, as are the next two
constexpr double kShadowHalfWidth = 0.032;
constexpr double kPoleRadius = 0.045;
constexpr double kDark = 0.05;

detail::Canvas draw(const PolePose& pose, const PoleShadowOptions& options) {
  if (!(pose.altitude > 0 && pose.altitude <= 90))
    throw Error(ErrorCode::kArgument, "pole_shadow", "altitude %g degrees", pose.altitude);
  const double length = kShadowLength / std::tan(pose.altitude * kDegree);
  const double away = (pose.azimuth + 180) * kDegree;
  const double end_x = 0.5 + length * std::cos(away), end_y = 0.5 - length * std::sin(away);
  const detail::Colour dark{kDark, kDark, kDark};
  const double ground = 1 - options.ambient;
  detail::Canvas canvas(options.pixels, options.pixels, options.channels);
  canvas.shade([&](double, double) { return detail::Colour{ground, ground, ground}; });
  const auto shadow = [&](double x, double y) {
    return detail::capsule_distance(x, y, 0.5, 0.5, end_x, end_y, kShadowHalfWidth);
  };
  const auto pole = [](double x, double y) { return detail::disk_distance(x, y, 0.5, 0.5, kPoleRadius); };
  if (options.shadow_softness > 0) {
    // A Gaussian blur of a long edge is close to a ramp of 2.5 sigma.
    canvas.paint(shadow, dark, 1, std::hypot(1.0, 2.5 * options.shadow_softness));
    canvas.paint(pole, dark);
  } else {
    // As one shape: where two edges meet, a pixel is covered once.
    canvas.paint([&](double x, double y) { return std::min(shadow(x, y), pole(x, y)); }, dark);
  }
  return canvas;
}

}  // namespace

Images pole_shadow(std::span<const PolePose> poses, const PoleShadowOptions& options) {
  Images images(static_cast<std::int64_t>(poses.size()), options.pixels, options.pixels, options.channels);
  for (std::size_t i = 0; i < poses.size(); ++i) draw(poses[i], options).store(images, static_cast<std::int64_t>(i));
  return images;
}

std::vector<PolePose> pole_shadow_grid() {
  std::vector<PolePose> poses;
  for (int azimuth = 0; azimuth < 360; azimuth += 5)
    for (int altitude = 45; altitude <= 80; altitude += 5)
      poses.push_back({static_cast<double>(azimuth), static_cast<double>(altitude)});
  return poses;
}

}  // namespace betwixt
