// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>

#include "betwixt/image/float_images.h"

namespace betwixt {

/// Three numbers of a pixel.
using Triple = std::array<double, 3>;

/// What the three channels of a picture mean. The ranges are those of colours that sRGB has.
enum class ColourSpace : std::uint8_t {
  kSrgb,    ///< R G B in [0, 1], gamma-coded as pixels of files are (IEC 61966-2-1)
  kLinear,  ///< R G B in [0, 1], proportional to light: average and blend light here
  kHsv,    ///< hue [0, 1) from red over green (1/3) and blue (2/3), saturation [0, 1], value [0, 1]; of the coded R G B
  kLab,    ///< CIE L* [0, 100], a*, b* about [-110, 100], white point D65: distances are about what eyes see
  kOklab,  ///< L [0, 1], a, b about [-0.3, 0.3] (Ottosson 2020): as Lab, with steadier hues
  kYcbcr,  ///< luma [0, 1], Cb and Cr [-0.5, 0.5], of the coded R G B; BT.601 full range as in JPEG files
};

/// One number of sRGB to light and back; odd functions, so that numbers below 0 survive.
double srgb_to_linear(double coded);
double linear_to_srgb(double light);

/// One pixel. Every conversion goes through sRGB; colours outside it (Lab, linear) are not clamped. Grey has hue 0.
Triple convert_colour(const Triple& colour, ColourSpace from, ColourSpace to);

/// Every pixel. A fourth channel is kept as it is: undo premultiplication first. E_ARGUMENT for channels other than 3
/// or 4.
FloatImages convert_colours(const FloatImages& images, ColourSpace from, ColourSpace to);

}  // namespace betwixt
