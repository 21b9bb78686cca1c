// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/image/float_images.h"

namespace betwixt {

// Flow fields as pictures. A flow is [n,h,w,2] as `warp` takes it: pixels to the right, pixels down. Vectors that are
// not finite, or longer than 10^9 pixels (the mark for "unknown" of Middlebury's .flo files), are drawn black.
// E_SHAPE when there are not two channels.

/// The colour wheel of Baker, Scharstein, Lewis, Roth, Black and Szeliski (IJCV 2011): the direction is the hue - red
/// to the right, yellow down, cyan to the left, blue-violet up - and the length the saturation: no motion is white,
/// `longest` has the full colour, more is darkened. RGB. `longest` 0: the longest vector of all pictures. E_ARGUMENT
/// when negative or not finite.
Images draw_flow_wheel(const FloatImages& flow, double longest = 0);

/// The wheel itself as a legend: size by size pixels, the centre is no motion, the inscribed circle `longest`, white
/// outside. E_ARGUMENT below 1.
Images flow_wheel_legend(int size);

/// How arrows are drawn.
struct ArrowOptions {
  int spacing = 16;        ///< pixels between arrows, in the flow
  double scale = 1;        ///< length of an arrow per length of the vector, before `zoom`
  int zoom = 1;            ///< every pixel becomes a square of so many
  double thickness = 1.5;  ///< of the shaft, in pixels of the result
};

/// The flow as arrows in the full wheel colour of their direction, one in the middle of every `spacing` by `spacing`
/// pixels, on a lightened grey copy of `background` (same size as the flow, 1 to 4 channels), on white where it is
/// empty. An arrow starts at its pixel and ends where `warp` looks; motion below half a pixel of the result is a dot.
/// RGB. E_SHAPE when the sizes differ, E_ARGUMENT for options out of range.
Images draw_flow_arrows(const FloatImages& flow, const Images& background = {}, const ArrowOptions& options = {});

}  // namespace betwixt
