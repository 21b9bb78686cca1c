// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>

namespace betwixt::detail {

inline bool has_alpha(int channels) { return channels == 2 || channels == 4; }
inline int colour_channels(int channels) { return channels <= 2 ? 1 : 3; }

/// round(value * alpha / 255)
inline std::uint8_t premultiplied(int value, int alpha) {
  return static_cast<std::uint8_t>((value * alpha + 127) / 255);
}

/// Undoes `premultiplied`, to the nearest; 0 where alpha is 0.
inline std::uint8_t straight(int value, int alpha) {
  return alpha == 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(std::min(255, (value * 255 + alpha / 2) / alpha));
}

/// A premultiplied value over an opaque one.
inline std::uint8_t over(int value, int alpha, int background) {
  return static_cast<std::uint8_t>(std::min(255, value + (background * (255 - alpha) + 127) / 255));
}

/// BT.601 luma in 1/256.
inline std::uint8_t luma(int red, int green, int blue) {
  return static_cast<std::uint8_t>((77 * red + 150 * green + 29 * blue + 128) >> 8);
}

}  // namespace betwixt::detail
