// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <vector>

#include "betwixt/image/images.h"

namespace betwixt {

/// A robot arm with an object in its hand, in the manner of MPI3D (Gondal et al. 2019), as a scene of our own with
/// known factors. Factors are numbered as there, 0-39, and any real value in between or beyond can be rendered.
struct ArmPose {
  double horizontal = 19.5;  ///< turns the arm about the upright: 0 to the left, 39 to the right (140 degrees)
  double vertical = 19.5;    ///< raises it: 0 slightly below level, 39 steep (75 degrees)
};

enum class ArmColour { kWhite, kGreen, kRed, kBlue, kBrown, kOlive };
enum class ArmShape { kCone, kCube, kCylinder, kHexagonal, kPyramid, kSphere };
enum class ArmSize { kSmall, kLarge };
enum class ArmCamera { kTop, kCentre, kBottom };
enum class ArmBackground { kPurple, kSeaGreen, kSalmon };

/// What the arm holds and how it is looked at: MPI3D's other five factors.
struct RobotArmOptions {
  ArmColour colour = ArmColour::kWhite;               ///< of the object
  ArmShape shape = ArmShape::kCone;                   ///< of the object
  ArmSize size = ArmSize::kLarge;                     ///< of the object
  ArmCamera camera = ArmCamera::kTop;                 ///< height of the camera
  ArmBackground background = ArmBackground::kPurple;  ///< colour of the background
  int pixels = 64;                                    ///< height and width
};

/// One RGB picture per pose. E_ARGUMENT for pixels < 1.
Images robot_arm(std::span<const ArmPose> poses, const RobotArmOptions& options = {});

/// The 40 x 40 poses at whole indices, vertical varying fastest: pose i is (i / 40, i % 40).
std::vector<ArmPose> robot_arm_grid();

}  // namespace betwixt
