// SPDX-License-Identifier: MIT
#include "betwixt/data/synthetic/turntable.h"

#include <numbers>

#include "betwixt/core/error.h"
#include "betwixt/data/synthetic/detail/ray_scene.h"

namespace betwixt {
namespace {

using detail::Solid;
using detail::Vec3;

constexpr double kDegree = std::numbers::pi / 180;
constexpr Vec3 kRed{0.85, 0.15, 0.12}, kBlue{0.15, 0.32, 0.80}, kYellow{0.95, 0.78, 0.15}, kGreen{0.20, 0.65, 0.30};
constexpr Vec3 kWhite{0.92, 0.92, 0.90}, kGrey{0.30, 0.30, 0.33}, kBrown{0.55, 0.36, 0.20}, kOrange{0.95, 0.50, 0.10};

/// Builds solids in the object's own frame and turns them with the table.
class Builder {
 public:
  explicit Builder(double angle) : angle_(angle) {}

  void box(Vec3 centre, Vec3 half, Vec3 colour) {
    solids.push_back(detail::box(turned(centre, angle_), half, angle_, colour));
  }
  void rod(Vec3 a, Vec3 b, double radius, Vec3 colour) {
    solids.push_back(detail::capsule(turned(a, angle_), turned(b, angle_), radius, colour));
  }
  void ball(Vec3 centre, double radius, Vec3 colour) { rod(centre, centre, radius, colour); }
  void cone(Vec3 base, double radius, double height, int sides, double top, Vec3 colour) {
    solids.push_back(
        detail::frustum(turned(base, angle_), radius, height, sides, top, angle_ + std::numbers::pi / 4, colour));
  }

  std::vector<Solid> solids;

 private:
  double angle_;
};

void truck(Builder& make) {
  make.box({0, 0.30, 0}, {0.80, 0.08, 0.34}, kGrey);
  make.box({0.52, 0.60, 0}, {0.26, 0.26, 0.32}, kRed);
  make.box({0.70, 0.68, 0}, {0.10, 0.12, 0.28}, kBlue);
  make.box({-0.30, 0.56, 0}, {0.46, 0.20, 0.33}, kYellow);
  make.ball({-0.45, 0.84, 0.10}, 0.16, kGreen);
  for (const double x : {-0.48, 0.48})
    for (const double side : {-0.36, 0.36}) make.rod({x, 0.20, side}, {x, 0.20, side * 0.85}, 0.18, kGrey);
}

void house(Builder& make) {
  make.box({0, 0.35, 0}, {0.52, 0.35, 0.52}, kWhite);
  make.cone({0, 0.70, 0}, 0.82, 0.55, 4, 0, kRed);
  make.box({0.30, 0.95, 0.18}, {0.09, 0.28, 0.09}, kGrey);
  make.box({0.53, 0.25, -0.10}, {0.02, 0.25, 0.14}, kBrown);
  make.box({-0.12, 0.42, 0.53}, {0.16, 0.12, 0.02}, kBlue);
  make.cone({-0.66, 0, -0.46}, 0.22, 0.75, 24, 0, kGreen);
}

void duck(Builder& make) {
  make.rod({-0.30, 0.35, 0}, {0.22, 0.35, 0}, 0.35, kYellow);
  make.ball({0.42, 0.88, 0}, 0.26, kYellow);
  make.rod({0.62, 0.84, 0}, {0.80, 0.80, 0}, 0.08, kOrange);
  make.ball({0.56, 0.98, 0.17}, 0.06, kGrey);
  make.ball({0.56, 0.98, -0.17}, 0.06, kGrey);
  make.rod({-0.55, 0.50, 0}, {-0.78, 0.68, 0}, 0.10, kYellow);
  make.rod({-0.25, 0.42, 0.32}, {0.12, 0.42, 0.34}, 0.13, kBrown);
}

void blocks(Builder& make) {
  make.box({0, 0.20, 0}, {0.60, 0.20, 0.40}, kBlue);
  make.box({-0.22, 0.56, 0.08}, {0.30, 0.16, 0.30}, kYellow);
  make.cone({0.38, 0.40, -0.10}, 0.22, 0.50, 24, 1, kGreen);
  make.cone({-0.24, 0.72, 0.10}, 0.28, 0.45, 4, 0, kRed);
  make.ball({0.38, 1.04, -0.10}, 0.16, kOrange);
}

detail::RayScene scene_of(double degrees, const TurntableOptions& options) {
  Builder make(degrees * kDegree);
  if (options.object == 0) truck(make);
  if (options.object == 1) house(make);
  if (options.object == 2) duck(make);
  if (options.object == 3) blocks(make);
  detail::RayScene scene;
  scene.solids = std::move(make.solids);
  scene.target = {0, 0.48, 0};
  const double height = options.height * kDegree;
  scene.eye = scene.target + 4.2 * Vec3{0, std::sin(height), -std::cos(height)};
  scene.view_degrees = 30;
  scene.floor = false;
  scene.sky_colour = {0, 0, 0};
  return scene;
}

}  // namespace

Images turntable(std::span<const double> degrees, const TurntableOptions& options) {
  if (options.object < 0 || options.object > 3)
    throw Error(ErrorCode::kArgument, "turntable", "object %d, 0 to 3", options.object);
  if (options.pixels < 1) throw Error(ErrorCode::kArgument, "turntable", "pictures of %d pixels", options.pixels);
  Images images(static_cast<std::int64_t>(degrees.size()), options.pixels, options.pixels, 3);
  for (std::size_t i = 0; i < degrees.size(); ++i)
    detail::render(scene_of(degrees[i], options), images, static_cast<std::int64_t>(i));
  return images;
}

std::vector<double> turntable_views() {
  std::vector<double> views;
  for (int degrees = 0; degrees < 360; degrees += 5) views.push_back(degrees);
  return views;
}

}  // namespace betwixt
