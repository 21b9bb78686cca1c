// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "betwixt/image/images.h"

namespace betwixt {

/// What a toy face looks like. All numbers are real; the ranges are where faces look right.
struct FaceFactors {
  double turn = 0;           ///< head turned, -1 to its right ... 1 to its left
  double smile = 0.3;        ///< -1 sad ... 1 smiling
  double mouth_open = 0;     ///< 0-1
  double eyes_open = 1;      ///< 0-1
  double face_width = 0.5;   ///< 0 narrow ... 1 wide
  double skin = 0.3;         ///< 0 light ... 1 dark
  double hair_length = 0.5;  ///< 0 short ... 1 long
  double hair_colour = 0.5;  ///< 0 black ... 1 fair
  double light = 0;          ///< -1 from the left ... 1 from the right
  double background = 0.5;   ///< 0-1, a walk through hues
  double glasses = 0;        ///< opacity of dark glasses: 0 none, 1 worn
  double texture = 1;        ///< strength of the fine skin texture
};

/// Drawn faces with stored parameters, RGB, `pixels` x `pixels` (128 is usual): stand-ins for aligned photographs, for
/// which pairs with and without glasses exist.
Images toy_faces(std::span<const FaceFactors> factors, int pixels = 128);

/// `count` random faces; every other one wears glasses.
std::vector<FaceFactors> random_faces(std::int64_t count, std::uint64_t seed);

/// The same faces with everybody's glasses on (1) or off (0): pixel-exact pairs.
std::vector<FaceFactors> with_glasses(std::span<const FaceFactors> faces, double glasses);

}  // namespace betwixt
