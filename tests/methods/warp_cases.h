// SPDX-License-Identifier: MIT
// Pictures with a true middle, and what is measured on them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "betwixt/image/images.h"
#include "betwixt/nn/feature_distance.h"

namespace betwixt::tests {

/// Two ends and the frame that lies between them.
struct MiddleCase {
  std::string group;  ///< the row of the table it counts in
  std::string name;
  Images ends;   ///< two pictures
  Images truth;  ///< one
};

/// Every second frame of a closed sweep in between its neighbours.
std::vector<MiddleCase> sweep_cases(const std::string& group, const Images& sweep);
/// Sweeps of MPI3D under `folder` (shared data): horizontal and vertical axis of each of four samplings.
std::vector<MiddleCase> arm_cases(const std::string& folder);
/// Freedoom sprites: walking (frames A and C, truth B; rotations 1, 3, 5), turning (rotations 1 and 3, 3 and 5).
std::vector<MiddleCase> sprite_cases(const std::string& folder);

/// Means over the cases of a group. PSNR counts at most 50 dB, so that equal pictures do not outweigh all others.
struct MiddleScore {
  double psnr = 0;
  double ssim = 0;
  double features = 0;  ///< 0 without a feature distance
  double moved = 0;     ///< share of cases whose PSNR is above the cross-dissolve's
};

/// One way to make the middle, beside others.
struct MiddleMethod {
  std::string name;
  std::function<Images(const Images& ends)> middle;
};

/// Rows: methods in the order given. Transparent pictures are compared on mid grey. `each` is told every case's
/// middles, in the order of the methods.
using EachCase = std::function<void(const MiddleCase&, const std::vector<Images>& middles)>;
std::vector<MiddleScore> score(const std::vector<MiddleCase>& cases, const std::vector<MiddleMethod>& methods,
                               FeatureDistance* features = nullptr, const EachCase& each = nullptr);

/// Cross-dissolve and nearest-frame playback at the middle.
Images dissolved_middle(const Images& ends);
Images nearest_middle(const Images& ends);

/// The folder of the data that is not part of this repository, or nothing.
std::optional<std::string> shared_data();

}  // namespace betwixt::tests
