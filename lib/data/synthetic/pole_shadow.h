// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <vector>

#include "betwixt/image/images.h"

namespace betwixt {

/// Where the light stands.
struct PolePose {
  double azimuth = 0;    ///< degrees, counter-clockwise from the right as seen in the picture
  double altitude = 45;  ///< degrees above the ground, more than 0 and at most 90
};

/// How the scene is drawn.
struct PoleShadowOptions {
  int pixels = 64;             ///< height and width
  int channels = 1;            ///< 1, or 3 with equal values
  double ambient = 0;          ///< brightness taken from the white ground, 0-1
  double shadow_softness = 0;  ///< Gaussian blur of the shadow, pixels
};

/// The pole scene of Oring, Yakhini, Hel-Or (2021), drawn by us: an upright pole seen from above on white ground and
/// its shadow, which points away from the light and is 0.40 / tan(altitude) picture widths long. Any real angles.
/// E_ARGUMENT for an altitude outside (0, 90].
Images pole_shadow(std::span<const PolePose> poses, const PoleShadowOptions& options = {});

/// The paper's 576 poses: azimuth every 5 degrees, altitude 45 to 80 every 5; altitude varies fastest.
std::vector<PolePose> pole_shadow_grid();

}  // namespace betwixt
