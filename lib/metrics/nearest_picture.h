// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "betwixt/image/images.h"

namespace betwixt {

/// A picture found in a set, with the sum of squared differences of all its bytes.
struct PictureMatch {
  std::int64_t index = 0;    ///< of the picture in the set
  std::int64_t squared = 0;  ///< sum of squared differences
};

/// For every frame the picture of `set` with the smallest squared difference; exhaustive, ties to the lowest index.
/// E_SHAPE when sizes differ, E_MISSING for an empty set.
std::vector<PictureMatch> nearest_pictures(const Images& frames, const Images& set);

/// Throws E_SHAPE, naming `operation`, when the pictures of two sets are not of the same size.
void check_same_size(const char* operation, const Images& a, const Images& b);

}  // namespace betwixt
