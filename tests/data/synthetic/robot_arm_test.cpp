// SPDX-License-Identifier: MIT
#include "betwixt/data/synthetic/robot_arm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "betwixt/core/error.h"
#include "betwixt/metrics/image_quality.h"
#include "picture_tools.h"

namespace betwixt {
namespace {

using testing::Centre;
using testing::centre_of;

/// Where the red object is.
Centre object_in(const ArmPose& pose, RobotArmOptions options = {}) {
  options.colour = ArmColour::kRed;
  options.shape = ArmShape::kSphere;
  return centre_of(robot_arm(std::vector<ArmPose>{pose}, options), 0,
                   [](const std::uint8_t* p) { return p[0] > 90 && p[1] < 60 && p[2] < 60; });
}

TEST(RobotArm, HorizontalMovesTheObjectFromLeftToRight) {
  double last = -1;
  for (double horizontal = 0; horizontal <= 39; horizontal += 3) {
    const Centre centre = object_in({horizontal, 12});
    EXPECT_GT(centre.x, last + 0.5);
    last = centre.x;
  }
  EXPECT_NEAR(object_in({0, 12}).x + object_in({39, 12}).x, 63, 1.0);
}

TEST(RobotArm, VerticalRaisesTheObject) {
  for (const ArmCamera camera : {ArmCamera::kTop, ArmCamera::kCentre, ArmCamera::kBottom}) {
    double last = 64;
    for (double vertical = 10; vertical <= 39; vertical += 4) {
      const Centre centre = object_in({2, vertical}, {.camera = camera});
      EXPECT_LT(centre.y, last);
      last = centre.y;
    }
  }
}

TEST(RobotArm, RealValuesLieBetweenTheirNeighbours) {
  const Centre before = object_in({10, 20}), middle = object_in({10.5, 20}), after = object_in({11, 20});
  EXPECT_NEAR(middle.x, (before.x + after.x) / 2, 0.15);
  EXPECT_NEAR(middle.y, (before.y + after.y) / 2, 0.15);
}

TEST(RobotArm, TheObjectNeverLeavesThePicture) {
  for (const ArmCamera camera : {ArmCamera::kTop, ArmCamera::kCentre, ArmCamera::kBottom})
    for (const ArmPose& pose : {ArmPose{0, 0}, ArmPose{0, 39}, ArmPose{39, 0}, ArmPose{39, 39}, ArmPose{20, 39}}) {
      const Centre centre = object_in(pose, {.camera = camera});
      EXPECT_GT(centre.count, 30);
      EXPECT_GT(centre.left, 0);
      EXPECT_LT(centre.right, 63);
      EXPECT_GT(centre.top, 0);
    }
}

TEST(RobotArm, EveryOptionChangesThePicture) {
  const std::vector<ArmPose> poses{{12, 14}};
  const Images plain = robot_arm(poses);
  for (const RobotArmOptions& options :
       {RobotArmOptions{.colour = ArmColour::kBlue}, RobotArmOptions{.shape = ArmShape::kCube},
        RobotArmOptions{.shape = ArmShape::kCylinder}, RobotArmOptions{.shape = ArmShape::kHexagonal},
        RobotArmOptions{.shape = ArmShape::kPyramid}, RobotArmOptions{.size = ArmSize::kSmall},
        RobotArmOptions{.camera = ArmCamera::kBottom}, RobotArmOptions{.background = ArmBackground::kSalmon}})
    EXPECT_GT(mse(plain, 0, robot_arm(poses, options), 0), 1e-4);
  EXPECT_GT(object_in({12, 14}, {.size = ArmSize::kLarge}).count,
            1.5 * object_in({12, 14}, {.size = ArmSize::kSmall}).count);
}

TEST(RobotArm, GridIsOrderedAsInMpi3d) {
  const std::vector<ArmPose> grid = robot_arm_grid();
  ASSERT_EQ(grid.size(), 1600u);
  EXPECT_EQ(grid[801].horizontal, 20);
  EXPECT_EQ(grid[801].vertical, 1);
  EXPECT_EQ(grid[968].horizontal, 24);
  EXPECT_EQ(grid[968].vertical, 8);
  EXPECT_THROW(robot_arm(grid, {.pixels = 0}), Error);
}

}  // namespace
}  // namespace betwixt
