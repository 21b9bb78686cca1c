// SPDX-License-Identifier: MIT
// All scenes by name: any real factor can be drawn, each factor changes the picture, samples are what they say.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "betwixt/core/error.h"
#include "betwixt/data/synthetic/pole_shadow.h"
#include "betwixt/data/synthetic/scenes.h"
#include "betwixt/metrics/image_quality.h"

namespace betwixt {
namespace {

using Rows = std::vector<std::vector<double>>;

TEST(SceneTable, HasEverySceneOnce) {
  std::set<std::string> names;
  for (const Scene& scene : scenes()) {
    EXPECT_TRUE(names.insert(scene.name).second);
    EXPECT_FALSE(scene.factors.empty()) << scene.name;
    EXPECT_EQ(&scene_named(scene.name), &scene);
    const Images usual = scene.draw(Rows{scene.usual()}, scene.pixels);
    EXPECT_EQ(usual.count, 1);
    EXPECT_EQ(usual.height, scene.pixels);
  }
  EXPECT_EQ(names.size(), 13u);
  try {
    scene_named("disk");
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("disks"), std::string::npos) << error.what();
  }
}

TEST(SceneTable, EveryFactorChangesThePictureALittleWhenItChangesALittle) {
  for (const Scene& scene : scenes())
    for (std::size_t k = 0; k < scene.factors.size(); ++k) {
      const SceneFactor& f = scene.factors[k];
      const double step = f.levels > 0 ? 1 : 0.37 * (f.high - f.low);
      Rows rows(3, scene.usual());
      rows[0][k] = f.low + 0.0917 * (f.high - f.low);
      if (f.levels > 0) rows[0][k] = 0;
      rows[1][k] = rows[0][k] + 1e-7 * (f.high - f.low);
      rows[2][k] = rows[0][k] + step;
      const Images pictures = scene.draw(rows, scene.pixels);
      EXPECT_LT(mse(pictures, 0, pictures, 1), 1e-5) << scene.name << " " << f.name;
      EXPECT_GT(mse(pictures, 0, pictures, 2), f.name == "texture" ? 1e-6 : 2e-5) << scene.name << " " << f.name;
    }
}

TEST(SceneTable, DrawsValuesOutsideTheUsualRange) {
  for (const Scene& scene : scenes()) {
    const bool angles_only = scene.name == "lines" || scene.name == "turntable";
    for (std::size_t k = 0; k < scene.factors.size(); ++k) {
      const SceneFactor& f = scene.factors[k];
      if (f.levels > 0) continue;
      Rows rows(1, scene.usual());
      rows[0][k] = f.high + 0.1 * (f.high - f.low);
      EXPECT_EQ(scene.draw(rows, scene.pixels).count, 1) << scene.name << " " << f.name;
      rows[0][k] = std::nan("");
      EXPECT_THROW(scene.draw(rows, scene.pixels), Error) << scene.name << " " << f.name;
    }
    EXPECT_THROW(scene.draw(Rows{{}}, scene.pixels), Error);
    EXPECT_THROW(scene.draw(Rows{scene.usual()}, 0), Error);
    if (angles_only) continue;
    if (!scene.fixed_size) EXPECT_EQ(scene.draw(Rows{scene.usual()}, 40).width, 40);
  }
}

TEST(SceneTable, SamplesAreUniformAndDoNotDependOnTheirNumber) {
  for (const Scene& scene : scenes()) {
    const Rows few = sample_scene(scene, {.count = 5, .seed = 4}),
               many = sample_scene(scene, {.count = 400, .seed = 4});
    EXPECT_TRUE(std::equal(few.begin(), few.end(), many.begin())) << scene.name;
    EXPECT_NE(sample_scene(scene, {.count = 1, .seed = 5}), sample_scene(scene, {.count = 1, .seed = 4}));
    for (std::size_t k = 0; k < scene.factors.size(); ++k) {
      const SceneFactor& f = scene.factors[k];
      double sum = 0;
      for (const std::vector<double>& row : many) {
        sum += row[k];
        if (!f.varied) EXPECT_EQ(row[k], f.usual);
        EXPECT_GE(row[k], f.low);
        EXPECT_LE(row[k], f.high);
      }
      // Five standard errors of the mean of 400 uniform numbers.
      if (f.varied) EXPECT_NEAR(sum / 400, (f.low + f.high) / 2, 5 * (f.high - f.low) / std::sqrt(12.0 * 400));
    }
  }
  const Scene& arm = scene_named("robot_arm");
  const Rows coloured = sample_scene(arm, {.count = 300, .vary = {"colour"}, .fixed = {{"vertical", 7.5}}});
  std::set<double> colours;
  for (const std::vector<double>& row : coloured) {
    colours.insert(row[0]);
    EXPECT_EQ(row[6], 7.5);
    EXPECT_EQ(row[5], 19.5);
  }
  EXPECT_EQ(colours, (std::set<double>{0, 1, 2, 3, 4, 5}));
  EXPECT_THROW(sample_scene(arm, {.vary = {"color"}}), Error);
  EXPECT_THROW(sample_scene(arm, {.count = -1}), Error);
}

TEST(SceneTable, SweepsGoFromEndToEndAndFullSetsAreThePapers) {
  const Scene& arm = scene_named("robot_arm");
  const Rows sweep = sweep_scene(arm, "vertical", 5, {{"colour", 2}});
  ASSERT_EQ(sweep.size(), 5u);
  EXPECT_EQ(sweep[0][6], 0);
  EXPECT_EQ(sweep[1][6], 9.75);
  EXPECT_EQ(sweep[4][6], 39);
  EXPECT_EQ(sweep[4][0], 2);
  EXPECT_EQ(sweep_scene(arm, "shape", 100).size(), 6u);
  EXPECT_THROW(sweep_scene(arm, "vertical", 0), Error);
  EXPECT_EQ(arm.full_set().size(), 1600u);
  EXPECT_EQ(scene_named("pole_shadow").full_set().size(), 576u);
  EXPECT_EQ(scene_named("turntable").full_set().size(), 72u);
  EXPECT_EQ(scene_named("lines").full_set().size(), 10000u);
  EXPECT_TRUE(scene_named("blobs").full_set().empty());
}

/// Distance to a segment from the middle of a picture of width 1 (y up), less its half width.
double capsule(double x, double y, double end_x, double end_y, double half_width) {
  const double length2 = end_x * end_x + end_y * end_y;
  const double along = length2 > 0 ? std::clamp((x * end_x + y * end_y) / length2, 0.0, 1.0) : 0;
  return std::hypot(x - along * end_x, y - along * end_y) - half_width;
}

TEST(PoleShadow, IsDrawnAsDefined) {
  for (const PolePose& pose : {PolePose{0, 45}, PolePose{123.4, 61.7}, PolePose{270, 80}, PolePose{200, 90}}) {
    const Images picture = pole_shadow(std::vector<PolePose>{pose});
    const double degree = std::acos(-1) / 180;
    const double length = 0.40 / std::tan(pose.altitude * degree), away = (pose.azimuth + 180) * degree;
    for (int row = 0; row < 64; ++row)
      for (int column = 0; column < 64; ++column) {
        const double x = (column + 0.5) / 64 - 0.5, y = 0.5 - (row + 0.5) / 64;
        const double distance = 64 * std::min(capsule(x, y, length * std::cos(away), length * std::sin(away), 0.032),
                                              std::hypot(x, y) - 0.045);
        const double wanted = 1 - 0.95 * std::clamp(0.5 - distance, 0.0, 1.0);
        ASSERT_NEAR(picture.picture(0)[static_cast<std::size_t>(64 * row + column)], 255 * wanted, 0.51)
            << row << " " << column;
      }
  }
}

}  // namespace
}  // namespace betwixt
