// SPDX-License-Identifier: MIT
#include "betwixt/data/synthetic/scenes.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "betwixt/core/error.h"
#include "betwixt/data/synthetic/blobs.h"
#include "betwixt/data/synthetic/detail/random_numbers.h"
#include "betwixt/data/synthetic/diracs.h"
#include "betwixt/data/synthetic/lines.h"
#include "betwixt/data/synthetic/pole_shadow.h"
#include "betwixt/data/synthetic/robot_arm.h"
#include "betwixt/data/synthetic/simple_shapes.h"
#include "betwixt/data/synthetic/strokes.h"
#include "betwixt/data/synthetic/toy_faces.h"
#include "betwixt/data/synthetic/turntable.h"

namespace betwixt {
namespace {

using Row = std::vector<double>;
using Rows = std::span<const Row>;

constexpr double kPi = std::numbers::pi;

template <class Enum>
Enum level(double value) {
  return static_cast<Enum>(static_cast<int>(value));
}

SceneFactor levels(const char* name, int count, double usual = 0) {
  return {.name = name, .high = count - 1.0, .usual = usual, .varied = false, .levels = count};
}

/// Pictures drawn one by one, where rows differ in the options of a scene.
template <class Draw>
Images one_by_one(Rows rows, const Draw& draw) {
  Images images;
  for (const Row& row : rows) images.append(draw(row));
  return images;
}

Scene robot_arm_scene() {
  Scene scene{.name = "robot_arm", .text = "an arm with an object in its hand, in the manner of MPI3D"};
  scene.factors = {levels("colour", 6),
                   levels("shape", 6),
                   levels("size", 2, 1),
                   levels("camera", 3),
                   levels("background", 3),
                   {.name = "horizontal", .high = 39, .usual = 19.5},
                   {.name = "vertical", .high = 39, .usual = 19.5}};
  scene.draw = [](Rows rows, int pixels) {
    return one_by_one(rows, [&](const Row& r) {
      const ArmPose pose{r[5], r[6]};
      return robot_arm({&pose, 1}, {.colour = level<ArmColour>(r[0]),
                                    .shape = level<ArmShape>(r[1]),
                                    .size = level<ArmSize>(r[2]),
                                    .camera = level<ArmCamera>(r[3]),
                                    .background = level<ArmBackground>(r[4]),
                                    .pixels = pixels});
    });
  };
  scene.full_set = [] {
    std::vector<Row> rows;
    for (const ArmPose& pose : robot_arm_grid()) rows.push_back({0, 0, 1, 0, 0, pose.horizontal, pose.vertical});
    return rows;
  };
  return scene;
}

Scene turntable_scene() {
  Scene scene{.name = "turntable", .text = "an object turning before black, in the manner of COIL-100"};
  scene.factors = {levels("object", 4),
                   {.name = "height", .low = 10, .high = 60, .usual = 32, .varied = false},
                   {.name = "angle", .high = 360}};
  scene.draw = [](Rows rows, int pixels) {
    return one_by_one(rows, [&](const Row& r) {
      return turntable({&r[2], 1}, {.pixels = pixels, .object = level<int>(r[0]), .height = r[1]});
    });
  };
  scene.full_set = [] {
    std::vector<Row> rows;
    for (const double angle : turntable_views()) rows.push_back({0, 32, angle});
    return rows;
  };
  return scene;
}

Scene pole_shadow_scene() {
  Scene scene{.name = "pole_shadow", .text = "a pole seen from above and its shadow"};
  scene.factors = {{.name = "azimuth", .high = 360}, {.name = "altitude", .low = 45, .high = 80, .usual = 45}};
  scene.draw = [](Rows rows, int pixels) {
    std::vector<PolePose> poses;
    for (const Row& r : rows) poses.push_back({r[0], r[1]});
    return pole_shadow(poses, {.pixels = pixels});
  };
  scene.full_set = [] {
    std::vector<Row> rows;
    for (const PolePose& pose : pole_shadow_grid()) rows.push_back({pose.azimuth, pose.altitude});
    return rows;
  };
  return scene;
}

Scene lines_scene() {
  Scene scene{.name = "lines", .text = "the lines of the ACAI benchmark", .pixels = 32, .fixed_size = true};
  scene.factors = {{.name = "angle", .high = 2 * kPi}};
  scene.draw = [](Rows rows, int) {
    std::vector<double> angles;
    for (const Row& r : rows) angles.push_back(r[0]);
    return lines(angles);
  };
  scene.full_set = [] {
    std::vector<Row> rows;
    for (const double angle : line_angles()) rows.push_back({angle});
    return rows;
  };
  return scene;
}

Scene shape_scene(const char* name, const char* text, SimpleShape shape) {
  const bool is_ellipse = shape == SimpleShape::kEllipse;
  Scene scene{.name = name, .text = text, .pixels = 63};
  // Lengths in pixels of a 63 pixel picture; other sizes are the same scene, larger.
  scene.factors = {{.name = "radius", .high = is_ellipse ? 25.0 : 31.5, .usual = 12},
                   {.name = "x", .low = -15, .high = 15, .varied = false},
                   {.name = "y", .low = -15, .high = 15, .varied = false}};
  if (is_ellipse) {
    scene.factors.push_back({.name = "radius_y", .high = 25, .usual = 6});
    scene.factors.push_back({.name = "angle", .low = -kPi / 4, .high = kPi / 4});
  }
  scene.draw = [shape, is_ellipse](Rows rows, int pixels) {
    std::vector<ShapeFactors> factors;
    const double scale = pixels / 63.0;
    for (const Row& r : rows)
      factors.push_back({.radius = scale * r[0],
                         .radius_y = is_ellipse ? scale * r[3] : 0,
                         .angle = is_ellipse ? r[4] : 0,
                         .x = scale * r[1],
                         .y = scale * r[2]});
    return simple_shapes(factors, {.shape = shape, .pixels = pixels});
  };
  return scene;
}

Scene diracs_scene() {
  Scene scene{.name = "diracs", .text = "blurred points of light", .pixels = 63};
  scene.factors = {{.name = "x", .high = 62, .usual = 31}, {.name = "y", .high = 62, .usual = 31}};
  scene.draw = [](Rows rows, int pixels) {
    std::vector<DiracFactors> factors;
    for (const Row& r : rows) factors.push_back({r[0], r[1]});
    return diracs(factors, {.height = pixels, .width = pixels});
  };
  return scene;
}

Scene blobs_scene(bool colour) {
  Scene scene{.name = colour ? "colour_blobs" : "blobs",
              .text = colour ? "an ellipse of any colour on a gradient" : "one white ellipse",
              .pixels = colour ? 64 : 28};
  scene.factors = {{.name = "x", .low = 0.3, .high = 0.7, .usual = 0.5},
                   {.name = "y", .low = 0.3, .high = 0.7, .usual = 0.5},
                   {.name = "radius_x", .low = 0.1, .high = 0.3, .usual = 0.25},
                   {.name = "radius_y", .low = 0.08, .high = 0.3, .usual = 0.15},
                   {.name = "angle", .high = kPi}};
  if (colour)
    for (const char* name :
         {"red", "green", "blue", "top_red", "top_green", "top_blue", "bottom_red", "bottom_green", "bottom_blue"})
      scene.factors.push_back({.name = name, .usual = scene.factors.size() < 8 ? 0.9 : 0.4});
  scene.draw = [colour](Rows rows, int pixels) {
    std::vector<BlobFactors> factors;
    for (const Row& r : rows) {
      BlobFactors blob{.x = r[0], .y = r[1], .radius_x = r[2], .radius_y = r[3], .angle = r[4]};
      for (std::size_t c = 0; colour && c < 3; ++c) {
        blob.colour[c] = r[5 + c];
        blob.ground_top[c] = r[8 + c];
        blob.ground_bottom[c] = r[11 + c];
      }
      factors.push_back(blob);
    }
    return blobs(factors, {.pixels = pixels, .colour = colour});
  };
  return scene;
}

Scene strokes_scene() {
  Scene scene{.name = "strokes", .text = "one curved stroke", .pixels = 28};
  const StrokeFactors usual;
  for (std::size_t i = 0; i < 4; ++i) {
    const std::string number = std::to_string(i);
    scene.factors.push_back({.name = "x" + number, .low = 0.12, .high = 0.88, .usual = usual.x[i]});
    scene.factors.push_back({.name = "y" + number, .low = 0.12, .high = 0.88, .usual = usual.y[i]});
  }
  scene.factors.push_back({.name = "width", .low = 2.0 / 28, .high = 3.0 / 28, .usual = usual.width});
  scene.draw = [](Rows rows, int pixels) {
    std::vector<StrokeFactors> factors;
    for (const Row& r : rows) factors.push_back({{r[0], r[2], r[4], r[6]}, {r[1], r[3], r[5], r[7]}, r[8]});
    return strokes(factors, pixels);
  };
  return scene;
}

Scene faces_scene() {
  Scene scene{.name = "faces", .text = "toy faces, with and without dark glasses", .pixels = 128};
  scene.factors = {{.name = "turn", .low = -1},
                   {.name = "smile", .low = -1, .usual = 0.3},
                   {.name = "mouth_open"},
                   {.name = "eyes_open", .low = 0.4, .usual = 1},
                   {.name = "face_width", .usual = 0.5},
                   {.name = "skin", .usual = 0.3},
                   {.name = "hair_length", .usual = 0.5},
                   {.name = "hair_colour", .usual = 0.5},
                   {.name = "light", .low = -1},
                   {.name = "background", .usual = 0.5},
                   {.name = "glasses", .varied = false},
                   {.name = "texture", .usual = 1, .varied = false}};
  scene.draw = [](Rows rows, int pixels) {
    std::vector<FaceFactors> faces;
    for (const Row& r : rows)
      faces.push_back({r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9], r[10], r[11]});
    return toy_faces(faces, pixels);
  };
  return scene;
}

/// Makes the rows that reach a scene's drawing well-formed: as long as its factors, levels whole and in range.
Scene checked(Scene scene) {
  const auto draw = scene.draw;
  scene.draw = [draw, factors = scene.factors, name = scene.name, own = scene.fixed_size ? scene.pixels : 0](
                   Rows rows, int pixels) {
    if (pixels < 1 || pixels > 16384 || (own > 0 && pixels != own))
      throw Error(ErrorCode::kArgument, "scene", "%s in %d pixels", name.c_str(), pixels);
    std::vector<Row> clean(rows.begin(), rows.end());
    for (Row& row : clean) {
      if (row.size() != factors.size())
        throw Error(ErrorCode::kArgument, "scene", "%zu numbers for the %zu factors of %s", row.size(), factors.size(),
                    name.c_str());
      for (std::size_t i = 0; i < row.size(); ++i) {
        if (!std::isfinite(row[i]))
          throw Error(ErrorCode::kArgument, "scene", "factor %s is not finite", factors[i].name.c_str());
        if (factors[i].levels > 0) row[i] = std::clamp(std::round(row[i]), 0.0, factors[i].levels - 1.0);
      }
    }
    return draw(clean, pixels);
  };
  if (!scene.full_set) scene.full_set = [] { return std::vector<Row>(); };
  return scene;
}

template <class Items>
std::string names_of(const Items& items) {
  std::string text;
  for (const auto& item : items) text.append(text.empty() ? "" : ", ").append(item.name);
  return text;
}

Row usual_row(const Scene& scene, const std::map<std::string, double>& fixed) {
  Row row = scene.usual();
  for (const auto& [name, value] : fixed) row[scene.factor(name)] = value;
  return row;
}

}  // namespace

std::size_t Scene::factor(const std::string& wanted) const {
  const auto found =
      std::find_if(factors.begin(), factors.end(), [&](const SceneFactor& f) { return f.name == wanted; });
  if (found == factors.end())
    throw Error(ErrorCode::kArgument, "scene", "%s has no factor \"%.32s\"; it has %s", name.c_str(), wanted.c_str(),
                names_of(factors).c_str());
  return static_cast<std::size_t>(found - factors.begin());
}

std::vector<double> Scene::usual() const {
  Row row;
  for (const SceneFactor& f : factors) row.push_back(f.usual);
  return row;
}

const std::vector<Scene>& scenes() {
  static const std::vector<Scene> all = [] {
    std::vector<Scene> list{robot_arm_scene(),
                            turntable_scene(),
                            pole_shadow_scene(),
                            lines_scene(),
                            shape_scene("disks", "white disks, blurred by half a pixel", SimpleShape::kDisk),
                            shape_scene("squares", "white squares", SimpleShape::kSquare),
                            shape_scene("rings", "rings one pixel wide", SimpleShape::kRing),
                            shape_scene("ellipses", "white ellipses of any turn", SimpleShape::kEllipse),
                            diracs_scene(),
                            blobs_scene(false),
                            blobs_scene(true),
                            strokes_scene(),
                            faces_scene()};
    for (Scene& scene : list) scene = checked(std::move(scene));
    return list;
  }();
  return all;
}

const Scene& scene_named(const std::string& name) {
  const auto found = std::find_if(scenes().begin(), scenes().end(), [&](const Scene& s) { return s.name == name; });
  if (found == scenes().end())
    throw Error(ErrorCode::kArgument, "scene", "there is no scene \"%.32s\"; there are %s", name.c_str(),
                names_of(scenes()).c_str());
  return *found;
}

std::vector<std::vector<double>> sample_scene(const Scene& scene, const SceneSampleOptions& options) {
  if (options.count < 0)
    throw Error(ErrorCode::kArgument, "scene", "%lld pictures", static_cast<long long>(options.count));
  std::vector<bool> varied;
  for (const SceneFactor& f : scene.factors) varied.push_back(options.vary.empty() && f.varied);
  for (const auto& [name, value] : options.fixed) varied[scene.factor(name)] = false;
  for (const std::string& name : options.vary) varied[scene.factor(name)] = true;
  const RandomStream stream(options.seed, "scene/" + scene.name);
  std::vector<Row> rows;
  for (std::int64_t i = 0; i < options.count; ++i) {
    Row row = usual_row(scene, options.fixed);
    detail::SceneNumbers random(stream, i);
    for (std::size_t k = 0; k < row.size(); ++k) {
      const SceneFactor& f = scene.factors[k];
      // Drawn for every factor, so that varying one more leaves the others' values alone.
      const double value = f.levels > 0 ? std::floor(random.between(0, f.levels)) : random.between(f.low, f.high);
      if (varied[k]) row[k] = value;
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<std::vector<double>> sweep_scene(const Scene& scene, const std::string& factor, std::int64_t count,
                                             const std::map<std::string, double>& fixed) {
  const std::size_t place = scene.factor(factor);
  const SceneFactor& f = scene.factors[place];
  if (f.levels > 0) count = f.levels;
  if (count < 1) throw Error(ErrorCode::kArgument, "scene", "%lld pictures", static_cast<long long>(count));
  const Row usual = usual_row(scene, fixed);
  std::vector<Row> rows(static_cast<std::size_t>(count), usual);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double share = rows.size() > 1 ? static_cast<double>(i) / static_cast<double>(rows.size() - 1) : 0.5;
    rows[i][place] = f.low + (f.high - f.low) * share;
  }
  return rows;
}

}  // namespace betwixt
