// SPDX-License-Identifier: MIT
#include "betwixt/data/synthetic/robot_arm.h"

#include <numbers>

#include "betwixt/core/error.h"
#include "betwixt/data/synthetic/detail/ray_scene.h"

namespace betwixt {
namespace {

using detail::Vec3;

constexpr double kDegree = std::numbers::pi / 180;
constexpr double kLastIndex = 39;
constexpr double kSideways = 70;  // degrees to either side
constexpr double kLowest = -12;   // degrees
constexpr double kHighest = 63;
constexpr Vec3 kShoulder{0, 0.42, -0.45};
constexpr double kUpperArm = 0.62;
constexpr double kLowerArm = 0.42;

Vec3 object_colour(ArmColour colour) {
  switch (colour) {
    case ArmColour::kGreen:
      return {0.20, 0.72, 0.25};
    case ArmColour::kRed:
      return {0.88, 0.16, 0.14};
    case ArmColour::kBlue:
      return {0.16, 0.30, 0.90};
    case ArmColour::kBrown:
      return {0.50, 0.30, 0.15};
    case ArmColour::kOlive:
      return {0.55, 0.56, 0.18};
    case ArmColour::kWhite:
      break;
  }
  return {0.97, 0.97, 0.95};
}

Vec3 background_colour(ArmBackground background) {
  switch (background) {
    case ArmBackground::kSeaGreen:
      return {0.22, 0.52, 0.42};
    case ArmBackground::kSalmon:
      return {0.92, 0.54, 0.46};
    case ArmBackground::kPurple:
      break;
  }
  return {0.44, 0.24, 0.54};
}

Vec3 camera_place(ArmCamera camera) {
  switch (camera) {
    case ArmCamera::kCentre:
      return {0, 1.75, -2.75};
    case ArmCamera::kBottom:
      return {0, 0.75, -3.15};
    case ArmCamera::kTop:
      break;
  }
  return {0, 2.75, -1.95};
}

detail::Solid object(const RobotArmOptions& options, Vec3 place, double turn) {
  const Vec3 colour = object_colour(options.colour);
  const double r = options.size == ArmSize::kLarge ? 0.24 : 0.16;
  const Vec3 base = place - Vec3{0, r, 0};
  switch (options.shape) {
    case ArmShape::kCone:
      return detail::frustum(base, 1.1 * r, 2.1 * r, 32, 0, turn, colour);
    case ArmShape::kCube:
      return detail::box(place, {0.85 * r, 0.85 * r, 0.85 * r}, turn, colour);
    case ArmShape::kCylinder:
      return detail::frustum(base, 0.9 * r, 2 * r, 32, 1, turn, colour);
    case ArmShape::kHexagonal:
      return detail::frustum(base, r, 1.8 * r, 6, 1, turn, colour);
    case ArmShape::kPyramid:
      return detail::frustum(base, 1.25 * r, 2 * r, 4, 0, turn, colour);
    case ArmShape::kSphere:
      break;
  }
  return detail::capsule(place, place, r, colour);
}

detail::RayScene scene_of(const ArmPose& pose, const RobotArmOptions& options) {
  const double turn = kDegree * kSideways * (2 * pose.horizontal / kLastIndex - 1);
  const double raise = kDegree * (kLowest + (kHighest - kLowest) * pose.vertical / kLastIndex);
  const Vec3 outwards = detail::turned({0, 0, 1}, turn);
  const auto direction = [&](double angle) { return std::cos(angle) * outwards + Vec3{0, std::sin(angle), 0}; };
  // The elbow is bent a little, so that the arm reads as an arm.
  const Vec3 elbow = kShoulder + kUpperArm * direction(raise + 14 * kDegree);
  const Vec3 hand = elbow + kLowerArm * direction(raise - 20 * kDegree);
  const Vec3 metal{0.20, 0.21, 0.24}, joint{0.93, 0.63, 0.16}, link{0.78, 0.80, 0.84};
  const Vec3 ground{kShoulder.x, 0, kShoulder.z};
  detail::RayScene scene;
  scene.solids = {detail::frustum(ground, 0.27, 0.12, 32, 0.85, 0, metal),
                  detail::capsule(ground, kShoulder, 0.13, metal),
                  detail::capsule(kShoulder, elbow, 0.085, link),
                  detail::capsule(elbow, hand, 0.065, link),
                  detail::capsule(elbow, elbow, 0.11, joint),
                  detail::capsule(kShoulder, kShoulder, 0.145, joint),
                  object(options, hand, turn)};
  scene.eye = camera_place(options.camera);
  scene.target = {0, 0.38, 0.02};
  scene.view_degrees = 49;
  scene.sky_colour = background_colour(options.background);
  scene.floor_colour = 0.86 * scene.sky_colour + Vec3{0.07, 0.07, 0.07};
  return scene;
}

}  // namespace

Images robot_arm(std::span<const ArmPose> poses, const RobotArmOptions& options) {
  if (options.pixels < 1) throw Error(ErrorCode::kArgument, "robot_arm", "pictures of %d pixels", options.pixels);
  Images images(static_cast<std::int64_t>(poses.size()), options.pixels, options.pixels, 3);
  for (std::size_t i = 0; i < poses.size(); ++i)
    detail::render(scene_of(poses[i], options), images, static_cast<std::int64_t>(i));
  return images;
}

std::vector<ArmPose> robot_arm_grid() {
  std::vector<ArmPose> poses;
  for (int horizontal = 0; horizontal <= 39; ++horizontal)
    for (int vertical = 0; vertical <= 39; ++vertical)
      poses.push_back({static_cast<double>(horizontal), static_cast<double>(vertical)});
  return poses;
}

}  // namespace betwixt
