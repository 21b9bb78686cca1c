// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "betwixt/image/images.h"

namespace betwixt::detail {

struct Vec3 {
  double x = 0, y = 0, z = 0;
  friend Vec3 operator+(Vec3 a, Vec3 b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
  friend Vec3 operator-(Vec3 a, Vec3 b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
  friend Vec3 operator*(double s, Vec3 a) { return {s * a.x, s * a.y, s * a.z}; }
};
inline double dot(Vec3 a, Vec3 b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
inline Vec3 cross(Vec3 a, Vec3 b) { return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x}; }
inline Vec3 unit(Vec3 a) { return (1 / std::sqrt(dot(a, a))) * a; }

/// Rotation about the upward axis by `angle`: +z turns towards +x.
inline Vec3 turned(Vec3 a, double angle) {
  const double c = std::cos(angle), s = std::sin(angle);
  return {c * a.x + s * a.z, a.y, -s * a.x + c * a.z};
}

/// A half space: dot(normal, p) <= offset.
struct HalfSpace {
  Vec3 normal;
  double offset = 0;
};

/// A solid: a capsule from a to b (a sphere when they are equal), or the part common to half spaces.
struct Solid {
  Vec3 colour;
  Vec3 a, b;
  double radius = 0;
  std::vector<HalfSpace> faces;  ///< empty for capsules
  Vec3 centre;                   ///< a sphere around it, to skip rays
  double reach = 0;
};

Solid capsule(Vec3 a, Vec3 b, double radius, Vec3 colour);
/// Upright prism on the circle of `radius` around `base`; `top` is the size of its upper end against the lower one: 1 a
/// prism, 0 a pyramid. Many sides make a cylinder or a cone. `angle` turns it about the upward axis.
Solid frustum(Vec3 base, double radius, double height, int sides, double top, double angle, Vec3 colour);
/// Upright box, `half` its half sizes, turned about the upward axis through its centre.
Solid box(Vec3 centre, Vec3 half, double angle, Vec3 colour);

/// Solids seen by a camera, lit from one side, with shadows on a floor at y = 0 where there is one.
struct RayScene {
  std::vector<Solid> solids;
  Vec3 eye{0, 1, -3};
  Vec3 target;
  double view_degrees = 40;  ///< vertical angle of view
  Vec3 light{-0.4, 0.8, -0.45};
  bool floor = true;
  Vec3 floor_colour{0.5, 0.5, 0.5};
  Vec3 sky_colour{0.5, 0.5, 0.5};
};

/// Renders into picture `index`: exact visibility at 16 points a pixel, no two in one row or column, so that edges move
/// evenly by sixteenths of a pixel.
void render(const RayScene& scene, Images& images, std::int64_t index);

}  // namespace betwixt::detail
