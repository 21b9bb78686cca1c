// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>

#include "betwixt/image/images.h"

namespace betwixt {

/// An opaque colour, 0 to 255 a channel, in the same (sRGB) coding as the pixels.
struct Colour {
  std::uint8_t red = 0;    ///< 0 to 255
  std::uint8_t green = 0;  ///< 0 to 255
  std::uint8_t blue = 0;   ///< 0 to 255

  /// The same in all three.
  friend bool operator==(const Colour&, const Colour&) = default;
  /// Whether all three are equal.
  bool is_grey() const { return red == green && green == blue; }
};

/// How a picture becomes a square.
enum class Fit {
  kCrop,     ///< the largest centred square, then resized; nothing is distorted, the edges are lost
  kStretch,  ///< resized in both directions independently
  kPad,      ///< resized to fit inside, the rest filled with the background (or zeros: black, or transparent)
};

/// `images` with 1 (grey), 2 (grey + alpha), 3 (RGB) or 4 (RGBA) channels, alpha premultiplied as always.
///   RGB to grey: 0.299 R + 0.587 G + 0.114 B.   No alpha to alpha: opaque.
///   Alpha to no alpha: composited on `background`, black where it is not given (its luma when the result is grey).
/// Throws E_ARGUMENT for other channel counts.
Images convert_channels(const Images& images, int channels, std::optional<Colour> background = {});

/// Composites premultiplied alpha on `background` and drops it. Pictures without alpha come back unchanged; grey ones
/// with alpha become RGB when the background is a colour.
Images composite(const Images& images, Colour background);

/// Resizes every picture to `height` x `width`, each axis on its own: the exact average of the covered area where it
/// shrinks, bilinear (half-pixel centres, edges clamped) where it grows. Works on the premultiplied values, as one
/// must. Throws E_ARGUMENT for sizes below 1 and for empty pictures.
Images resize_images(const Images& images, int height, int width);

/// Every picture as a square of `size`. `background` fills what kPad leaves free.
Images fit_square(const Images& images, int size, Fit fit = Fit::kCrop, std::optional<Colour> background = {});

/// Every pixel as `factor` x `factor` pixels. E_ARGUMENT below 1.
Images enlarge(const Images& images, int factor);

}  // namespace betwixt
