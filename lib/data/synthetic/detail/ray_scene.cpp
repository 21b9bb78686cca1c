// SPDX-License-Identifier: MIT
#include "betwixt/data/synthetic/detail/ray_scene.h"

#include <algorithm>
#include <limits>
#include <numbers>

namespace betwixt::detail {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr int kSamples = 16;
constexpr double kAmbient = 0.42;
constexpr double kShadow = 0.55;  // brightness of the floor in shadow
constexpr double kStart = 1e-6;   // rays leave surfaces behind

struct Ray {
  Vec3 origin;
  Vec3 way;  ///< unit length
};

struct Hit {
  double place = kInfinity;
  Vec3 normal;
};

/// Whether a ray passes within reach + margin of a solid's centre.
bool comes_near(const Solid& solid, const Ray& ray, double margin) {
  const Vec3 to = solid.centre - ray.origin;
  const double along = dot(to, ray.way), reach = solid.reach + margin;
  return dot(to, to) - along * along <= reach * reach;
}

Hit hit_sphere(Vec3 centre, double radius, const Ray& ray) {
  const Vec3 to = ray.origin - centre;
  const double half = dot(to, ray.way);
  const double root = half * half - dot(to, to) + radius * radius;
  if (root < 0) return {};
  const double place = -half - std::sqrt(root);
  if (place < kStart) return {};
  return {place, (1 / radius) * (ray.origin + place * ray.way - centre)};
}

/// The round side, then the nearer of the end spheres.
Hit hit_capsule(const Solid& solid, const Ray& ray) {
  const Vec3 axis = solid.b - solid.a, to = ray.origin - solid.a;
  const double length = dot(axis, axis), along = dot(axis, ray.way), start = dot(axis, to);
  const double a = length - along * along;
  if (a > 1e-12) {
    const double b = length * dot(to, ray.way) - start * along;
    const double c = length * dot(to, to) - start * start - solid.radius * solid.radius * length;
    const double root = b * b - a * c;
    if (root < 0) return {};
    const double place = (-b - std::sqrt(root)) / a;
    const double height = start + place * along;
    if (height > 0 && height < length && place > kStart) {
      const Vec3 point = to + place * ray.way;
      return {place, (1 / solid.radius) * (point - (height / length) * axis)};
    }
  }
  const Hit first = hit_sphere(solid.a, solid.radius, ray), second = hit_sphere(solid.b, solid.radius, ray);
  return first.place < second.place ? first : second;
}

Hit hit_faces(const Solid& solid, const Ray& ray) {
  Hit enter{-kInfinity, {}};
  double leave = kInfinity;
  for (const HalfSpace& face : solid.faces) {
    const double slope = dot(face.normal, ray.way), gap = face.offset - dot(face.normal, ray.origin);
    if (slope == 0) {
      if (gap < 0) return {};
    } else if (slope < 0) {
      if (gap / slope > enter.place) enter = {gap / slope, face.normal};
    } else {
      leave = std::min(leave, gap / slope);
    }
  }
  return enter.place < leave && enter.place > kStart ? enter : Hit{};
}

Hit hit_solid(const Solid& solid, const Ray& ray) {
  if (!comes_near(solid, ray, 0)) return {};
  return solid.faces.empty() ? hit_capsule(solid, ray) : hit_faces(solid, ray);
}

Vec3 lit(Vec3 colour, Vec3 normal, Vec3 light, Vec3 way) {
  const double facing = std::max(0.0, dot(normal, light));
  const Vec3 half = unit(light - way);
  const double shine = 0.25 * std::pow(std::max(0.0, dot(normal, half)), 24);
  const double brightness = kAmbient + (1 - kAmbient) * facing;
  return brightness * colour + Vec3{shine, shine, shine};
}

/// The solids that matter to the rays of one pixel: what they may see, and what may shade the floor there.
struct Candidates {
  std::vector<const Solid*> seen;
  std::vector<const Solid*> shading;
};

Vec3 floor_point(const Ray& ray) { return ray.origin + (-ray.origin.y / ray.way.y) * ray.way; }

void collect(const RayScene& scene, const Ray& centre, Vec3 light, double pixel, Candidates& found) {
  found.seen.clear();
  found.shading.clear();
  for (const Solid& solid : scene.solids) {
    const Vec3 to = solid.centre - centre.origin;
    if (comes_near(solid, centre, 1.5 * pixel * std::sqrt(dot(to, to)))) found.seen.push_back(&solid);
  }
  // Near the horizon a pixel's patch of floor has no bound worth having.
  const bool steep = centre.way.y < -4 * pixel;
  for (const Solid& solid : scene.solids) {
    if (!scene.floor || centre.way.y > 4 * pixel) break;
    const double patch = steep ? 1.5 * pixel * centre.origin.y / (centre.way.y * centre.way.y) * 2 : kInfinity;
    if (!steep || comes_near(solid, {floor_point(centre), light}, patch)) found.shading.push_back(&solid);
  }
}

Vec3 colour_of(const RayScene& scene, const Candidates& candidates, const Ray& ray, Vec3 light) {
  Hit nearest;
  const Solid* seen = nullptr;
  for (const Solid* solid : candidates.seen) {
    const Hit hit = hit_solid(*solid, ray);
    if (hit.place < nearest.place) {
      nearest = hit;
      seen = solid;
    }
  }
  if (seen != nullptr) return lit(seen->colour, nearest.normal, light, ray.way);
  if (!scene.floor || ray.way.y >= 0) return scene.sky_colour;
  const Ray to_light{floor_point(ray), light};
  const bool shaded = std::any_of(candidates.shading.begin(), candidates.shading.end(),
                                  [&](const Solid* solid) { return hit_solid(*solid, to_light).place < kInfinity; });
  // The floor fades into the sky, so that no horizon line shows.
  const double far = std::clamp((std::hypot(to_light.origin.x, to_light.origin.z) - 1.5) / 3, 0.0, 1.0);
  return (1 - far) * ((shaded ? kShadow : 1.0) * scene.floor_colour) + far * scene.sky_colour;
}

void store(Vec3 colour, std::span<std::uint8_t> pixel) {
  const auto byte = [](double value) { return static_cast<std::uint8_t>(std::clamp(value, 0.0, 1.0) * 255 + 0.5); };
  pixel[0] = byte(colour.x);
  pixel[1] = byte(colour.y);
  pixel[2] = byte(colour.z);
}

/// Rays of a picture's points, x and y in pixels.
struct Camera {
  Vec3 eye, ahead, right, up;
  double pixel = 0;  ///< size of a pixel one unit away
  double middle_x = 0, middle_y = 0;

  Ray ray(double x, double y) const {
    return {eye, unit(ahead + ((x - middle_x) * pixel) * right + ((middle_y - y) * pixel) * up)};
  }
};

Camera camera_of(const RayScene& scene, const Images& images) {
  const Vec3 ahead = unit(scene.target - scene.eye), right = unit(cross({0, 1, 0}, ahead));
  const double pixel = 2 * std::tan(scene.view_degrees * std::numbers::pi / 360) / images.height;
  return {scene.eye, ahead, right, cross(ahead, right), pixel, images.width / 2.0, images.height / 2.0};
}

Vec3 pixel_colour(const RayScene& scene, const Candidates& candidates, const Camera& camera, Vec3 light, int x, int y) {
  if (candidates.seen.empty() && candidates.shading.empty())
    return colour_of(scene, candidates, camera.ray(x + 0.5, y + 0.5), light);
  Vec3 sum;
  for (int s = 0; s < kSamples; ++s) {
    // Rows in order, columns by reversed bits: a Hammersley set.
    const int column = (s & 1) << 3 | (s & 2) << 1 | (s & 4) >> 1 | (s & 8) >> 3;
    const Ray ray = camera.ray(x + (column + 0.5) / kSamples, y + (s + 0.5) / kSamples);
    sum = sum + colour_of(scene, candidates, ray, light);
  }
  return (1.0 / kSamples) * sum;
}

void bound(Solid& solid, Vec3 centre, double reach) {
  solid.centre = centre;
  solid.reach = reach;
}

}  // namespace

Solid capsule(Vec3 a, Vec3 b, double radius, Vec3 colour) {
  Solid solid{colour, a, b, radius, {}, {}, 0};
  const Vec3 axis = b - a;
  bound(solid, 0.5 * (a + b), 0.5 * std::sqrt(dot(axis, axis)) + radius);
  return solid;
}

Solid frustum(Vec3 base, double radius, double height, int sides, double top, double angle, Vec3 colour) {
  Solid solid{colour, {}, {}, 0, {}, {}, 0};
  const double inner = radius * std::cos(std::numbers::pi / sides);
  for (int i = 0; i < sides; ++i) {
    const double turn = angle + 2 * std::numbers::pi * i / sides;
    const Vec3 out{std::sin(turn), 0, std::cos(turn)};
    const Vec3 normal = unit(out + Vec3{0, inner * (1 - top) / height, 0});
    solid.faces.push_back({normal, dot(normal, base + inner * out)});
  }
  solid.faces.push_back({{0, -1, 0}, -base.y});
  solid.faces.push_back({{0, 1, 0}, base.y + height});
  bound(solid, base + Vec3{0, height / 2, 0}, std::hypot(radius * std::max(1.0, top), height / 2));
  return solid;
}

Solid box(Vec3 centre, Vec3 half, double angle, Vec3 colour) {
  Solid solid{colour, {}, {}, 0, {}, {}, 0};
  const auto face = [&](Vec3 normal, double size) {
    solid.faces.push_back({normal, dot(normal, centre) + size});
    solid.faces.push_back({-1 * normal, -dot(normal, centre) + size});
  };
  face(turned({1, 0, 0}, angle), half.x);
  face({0, 1, 0}, half.y);
  face(turned({0, 0, 1}, angle), half.z);
  bound(solid, centre, std::sqrt(dot(half, half)));
  return solid;
}

void render(const RayScene& scene, Images& images, std::int64_t index) {
  const Vec3 light = unit(scene.light);
  const Camera camera = camera_of(scene, images);
  const std::span<std::uint8_t> bytes = images.picture(index);
  Candidates candidates;
  std::size_t place = 0;
  for (int y = 0; y < images.height; ++y)
    for (int x = 0; x < images.width; ++x, place += 3) {
      collect(scene, camera.ray(x + 0.5, y + 0.5), light, camera.pixel, candidates);
      store(pixel_colour(scene, candidates, camera, light, x, y), bytes.subspan(place, 3));
    }
}

}  // namespace betwixt::detail
