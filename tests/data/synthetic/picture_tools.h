// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>

#include "betwixt/image/images.h"

namespace betwixt::testing {

/// Mean place and extent of the pixels that a rule picks.
struct Centre {
  double x = 0;
  double y = 0;
  int count = 0;
  int left = 1 << 20, right = -1, top = 1 << 20, bottom = -1;
};

/// rule(pointer to the channels of a pixel)
template <class Rule>
Centre centre_of(const Images& images, std::int64_t index, Rule&& rule) {
  Centre centre;
  const std::uint8_t* pixel = images.picture(index).data();
  for (int y = 0; y < images.height; ++y)
    for (int x = 0; x < images.width; ++x, pixel += images.channels) {
      if (!rule(pixel)) continue;
      centre.x += x;
      centre.y += y;
      ++centre.count;
      centre.left = std::min(centre.left, x);
      centre.right = std::max(centre.right, x);
      centre.top = std::min(centre.top, y);
      centre.bottom = std::max(centre.bottom, y);
    }
  centre.x /= std::max(1, centre.count);
  centre.y /= std::max(1, centre.count);
  return centre;
}

/// Sum of all bytes of a picture over 255: the area of white shapes on black.
inline double brightness(const Images& images, std::int64_t index) {
  double sum = 0;
  for (const std::uint8_t byte : images.picture(index)) sum += byte;
  return sum / 255;
}

/// Brightness-weighted centre of a grey picture, in pixel indices.
inline Centre weighted_centre(const Images& images, std::int64_t index) {
  Centre centre;
  const auto pixels = images.picture(index);
  double total = 0;
  for (int y = 0; y < images.height; ++y)
    for (int x = 0; x < images.width; ++x) {
      const double weight = pixels[static_cast<std::size_t>(y * images.width + x)];
      total += weight;
      centre.x += weight * x;
      centre.y += weight * y;
    }
  centre.x /= total;
  centre.y /= total;
  return centre;
}

}  // namespace betwixt::testing
