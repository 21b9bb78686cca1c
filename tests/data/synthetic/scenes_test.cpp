// SPDX-License-Identifier: MIT
// The flat scenes and the turntable: do the factors mean what they say?
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "betwixt/core/error.h"
#include "betwixt/data/synthetic/blobs.h"
#include "betwixt/data/synthetic/diracs.h"
#include "betwixt/data/synthetic/lines.h"
#include "betwixt/data/synthetic/pole_shadow.h"
#include "betwixt/data/synthetic/simple_shapes.h"
#include "betwixt/data/synthetic/strokes.h"
#include "betwixt/data/synthetic/toy_faces.h"
#include "betwixt/data/synthetic/turntable.h"
#include "betwixt/metrics/image_quality.h"
#include "picture_tools.h"

namespace betwixt {
namespace {

using testing::brightness;
using testing::Centre;
using testing::centre_of;
using testing::weighted_centre;

constexpr double kPi = std::numbers::pi;

TEST(PoleShadow, PointsAwayFromTheLightAndShortensAsItRises) {
  const auto dark = [](const std::uint8_t* p) { return p[0] < 128; };
  for (double azimuth = 0; azimuth < 360; azimuth += 30) {
    const Centre centre = centre_of(pole_shadow(std::vector<PolePose>{{azimuth, 45}}), 0, dark);
    const double direction = std::atan2(31.5 - centre.y, centre.x - 31.5);
    EXPECT_NEAR(std::cos(direction - (azimuth + 180) * kPi / 180), 1, 1e-3) << azimuth;
  }
  const Centre low = centre_of(pole_shadow(std::vector<PolePose>{{180, 45}}), 0, dark);
  const Centre high = centre_of(pole_shadow(std::vector<PolePose>{{180, 80}}), 0, dark);
  EXPECT_NEAR(low.right, 31.5 + 0.432 * 64, 1);
  EXPECT_NEAR(high.right, 31.5 + (0.4 / std::tan(80 * kPi / 180) + 0.032) * 64, 1.5);
  EXPECT_EQ(pole_shadow_grid().size(), 576u);
  EXPECT_THROW(pole_shadow(std::vector<PolePose>{{0, 0}}), Error);
}

TEST(SimpleShapes, AreasAreThoseOfGeometry) {
  const auto area = [](SimpleShape shape, const ShapeFactors& factors) {
    return brightness(simple_shapes(std::vector<ShapeFactors>{factors}, {.shape = shape}), 0);
  };
  EXPECT_NEAR(area(SimpleShape::kDisk, {.radius = 12.3}), kPi * 12.3 * 12.3, 1.5);
  EXPECT_NEAR(area(SimpleShape::kSquare, {.radius = 9.7}), 4 * 9.7 * 9.7, 1.5);
  EXPECT_NEAR(area(SimpleShape::kRing, {.radius = 15}), kPi * (256 - 225), 1.5);
  EXPECT_NEAR(area(SimpleShape::kEllipse, {.radius = 20, .radius_y = 7, .angle = 0.4}), kPi * 140, 1.5);
  EXPECT_EQ(area(SimpleShape::kDisk, {.radius = 0}), 0);
  EXPECT_THROW(area(SimpleShape::kDisk, {.radius = -1}), Error);
}

TEST(SimpleShapes, CentresAndAnglesAreKept) {
  const Images moved = simple_shapes(std::vector<ShapeFactors>{{.radius = 5, .x = 7.25, .y = -3.5}});
  EXPECT_NEAR(weighted_centre(moved, 0).x, 31 + 7.25, 0.02);
  EXPECT_NEAR(weighted_centre(moved, 0).y, 31 - 3.5, 0.02);
  // Counter-clockwise: the right end of the long axis goes up.
  const Images turned = simple_shapes(std::vector<ShapeFactors>{{.radius = 20, .radius_y = 4, .angle = kPi / 4}},
                                      {.shape = SimpleShape::kEllipse});
  EXPECT_GT(turned.picture(0)[(31 - 10) * 63 + 31 + 10], 200);
  EXPECT_LT(turned.picture(0)[(31 + 10) * 63 + 31 + 10], 50);
}

TEST(Diracs, SitAtTheirRealPositions) {
  const Images points = diracs(std::vector<DiracFactors>{{20.3, 40.8}, {5, 6}});
  EXPECT_NEAR(weighted_centre(points, 0).x, 20.3, 0.02);
  EXPECT_NEAR(weighted_centre(points, 0).y, 40.8, 0.02);
  EXPECT_EQ(points.picture(1)[6 * 63 + 5], 255);
  const std::vector<float> row = dirac_rows(std::vector<double>{4}, 9);
  for (std::size_t i = 0; i < 9; ++i) EXPECT_EQ(row[i], i == 4 ? 1 : 0);
}

TEST(Lines, PointWhereTheAngleSaysInTheBenchmarksTurningSense) {
  for (double angle = 0.1; angle < 6.2; angle += 0.5) {
    const Centre centre = weighted_centre(lines(std::vector<double>{angle}), 0);
    EXPECT_NEAR(std::cos(std::atan2(15.5 - centre.y, centre.x - 15.5) - angle), 1, 0.02) << angle;
  }
  EXPECT_EQ(line_rows(line_angles(3)).size(), 3u * 1024);
  EXPECT_EQ(line_rows(std::vector<double>{0})[0], -1);
}

TEST(Blobs, HaveTheAreaPlaceAndTurnAskedFor) {
  const Images blob =
      blobs(std::vector<BlobFactors>{{.x = 0.4, .y = 0.6, .radius_x = 0.25, .radius_y = 0.1}}, {.pixels = 64});
  EXPECT_NEAR(brightness(blob, 0), kPi * 0.25 * 0.1 * 64 * 64, 8);
  EXPECT_NEAR(weighted_centre(blob, 0).x, 0.4 * 64 - 0.5, 0.1);
  EXPECT_NEAR(weighted_centre(blob, 0).y, 0.6 * 64 - 0.5, 0.1);
  EXPECT_EQ(blobs(random_blobs(3, 1), {.pixels = 64, .colour = true}).channels, 3);
  EXPECT_EQ(random_blobs(2, 9)[1].x, random_blobs(5, 9)[1].x);
  EXPECT_NE(random_blobs(1, 9)[0].x, random_blobs(1, 10)[0].x);
}

TEST(Strokes, AStraightStrokeHasItsWidth) {
  StrokeFactors stroke{{0.2, 0.4, 0.6, 0.8}, {0.5, 0.5, 0.5, 0.5}, 0.1};
  const Images line = strokes(std::vector<StrokeFactors>{stroke}, 100);
  EXPECT_NEAR(brightness(line, 0), 60 * 10 + kPi * 25, 8);
  EXPECT_NEAR(weighted_centre(line, 0).y, 49.5, 0.1);
  EXPECT_EQ(random_strokes(4, 2).size(), 4u);
}

TEST(ToyFaces, GlassesChangeTheEyesAndNothingElse) {
  const std::vector<FaceFactors> faces = with_glasses(random_faces(3, 5), 0);
  const Images without = toy_faces(faces), with = toy_faces(with_glasses(faces, 1));
  for (std::int64_t i = 0; i < 3; ++i) {
    int changed = 0;
    for (int y = 0; y < 128; ++y)
      for (int x = 0; x < 128; ++x) {
        const std::size_t place = static_cast<std::size_t>(3 * (y * 128 + x));
        if (without.picture(i)[place] == with.picture(i)[place]) continue;
        ++changed;
        EXPECT_GT(y, 48);
        EXPECT_LT(y, 70);
      }
    EXPECT_GT(changed, 500);
  }
}

TEST(ToyFaces, EveryFactorShows) {
  const FaceFactors plain;
  std::vector<FaceFactors> faces(12, plain);
  faces[1].turn = 0.8;
  faces[2].smile = -0.8;
  faces[3].mouth_open = 1;
  faces[4].eyes_open = 0.3;
  faces[5].face_width = 1;
  faces[6].skin = 0.9;
  faces[7].hair_length = 1;
  faces[8].hair_colour = 0;
  faces[9].light = 1;
  faces[10].background = 0.9;
  faces[11].texture = 0;
  const Images pictures = toy_faces(faces);
  for (std::int64_t i = 1; i < pictures.count; ++i) EXPECT_GT(mse(pictures, 0, pictures, i), 5e-6) << i;
  EXPECT_EQ(random_faces(4, 1)[1].glasses, 1);
}

TEST(Turntable, GoesRoundAndEveryViewDiffers) {
  for (int object = 0; object < 4; ++object) {
    const Images views = turntable(turntable_views(), {.object = object});
    ASSERT_EQ(views.count, 72);
    for (std::int64_t i = 0; i < 72; ++i)
      for (std::int64_t j = i + 1; j < 72; ++j) EXPECT_GT(mse(views, i, views, j), 1e-4) << object << i << j;
    const Images again = turntable(std::vector<double>{360 + 35, -325}, {.object = object});
    EXPECT_LT(mse(again, 0, views, 7), 1e-6);
    EXPECT_LT(mse(again, 1, views, 7), 1e-6);
    EXPECT_EQ(views.picture(0)[0], 0);  // black background
  }
  EXPECT_THROW(turntable(turntable_views(), {.object = 4}), Error);
}

TEST(Turntable, SmallTurnsMakeSmallChanges) {
  const Images views = turntable(std::vector<double>{30, 31, 35, 50});
  EXPECT_LT(mse(views, 0, views, 1), mse(views, 0, views, 2));
  EXPECT_LT(mse(views, 0, views, 2), mse(views, 0, views, 3));
}

}  // namespace
}  // namespace betwixt
