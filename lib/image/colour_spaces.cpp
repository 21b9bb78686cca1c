// SPDX-License-Identifier: MIT
#include "betwixt/image/colour_spaces.h"

#include <algorithm>
#include <cmath>

#include "betwixt/core/error.h"

namespace betwixt {
namespace {

using Matrix = std::array<Triple, 3>;

constexpr Triple times(const Matrix& m, const Triple& v) {
  Triple result{};
  for (std::size_t i = 0; i < 3; ++i) result[i] = m[i][0] * v[0] + m[i][1] * v[1] + m[i][2] * v[2];
  return result;
}

/// Computed, not tabulated: published inverses are rounded, and the way there and back would not be exact.
constexpr Matrix inverse(const Matrix& m) {
  Matrix result{};
  double determinant = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    const std::size_t i1 = (i + 1) % 3;
    const std::size_t i2 = (i + 2) % 3;
    for (std::size_t j = 0; j < 3; ++j) {
      const std::size_t j1 = (j + 1) % 3;
      const std::size_t j2 = (j + 2) % 3;
      result[j][i] = m[i1][j1] * m[i2][j2] - m[i1][j2] * m[i2][j1];
    }
  }
  for (std::size_t j = 0; j < 3; ++j) determinant += m[0][j] * result[j][0];
  for (Triple& row : result)
    for (double& value : row) value /= determinant;
  return result;
}

// The primaries of IEC 61966-2-1, to seven digits (Lindbloom).
constexpr Matrix kXyzOfLinear{
    {{0.4124564, 0.3575761, 0.1804375}, {0.2126729, 0.7151522, 0.0721750}, {0.0193339, 0.1191920, 0.9503041}}};
constexpr Matrix kLinearOfXyz = inverse(kXyzOfLinear);
// Ottosson, "A perceptual color space for image processing" (2020).
constexpr Matrix kLmsOfLinear{{{0.4122214708, 0.5363325363, 0.0514459929},
                               {0.2119034982, 0.6806995451, 0.1073969566},
                               {0.0883024619, 0.2817188376, 0.6299787005}}};
constexpr Matrix kLinearOfLms = inverse(kLmsOfLinear);
constexpr Matrix kOklabOfLms{{{0.2104542553, 0.7936177850, -0.0040720468},
                              {1.9779984951, -2.4285922050, 0.4505937099},
                              {0.0259040371, 0.7827717662, -0.8086757660}}};
constexpr Matrix kLmsOfOklab = inverse(kOklabOfLms);
constexpr double kRedLuma = 0.299;
constexpr double kBlueLuma = 0.114;
constexpr double kGreenLuma = 1 - kRedLuma - kBlueLuma;

template <class Function>
Triple each(const Triple& v, const Function& f) {
  return {f(v[0]), f(v[1]), f(v[2])};
}

Triple hsv_of(const Triple& rgb) {
  const double value = std::max({rgb[0], rgb[1], rgb[2]});
  const double chroma = value - std::min({rgb[0], rgb[1], rgb[2]});
  if (chroma <= 0) return {0, 0, value};
  double sixths = 0;
  if (value == rgb[0])
    sixths = (rgb[1] - rgb[2]) / chroma;
  else if (value == rgb[1])
    sixths = 2 + (rgb[2] - rgb[0]) / chroma;
  else
    sixths = 4 + (rgb[0] - rgb[1]) / chroma;
  const double hue = sixths / 6;
  return {hue < 0 ? hue + 1 : hue, chroma / value, value};
}

Triple of_hsv(const Triple& hsv) {
  const auto channel = [&](double n) {
    const double turned = n + hsv[0] * 6;
    const double k = turned - 6 * std::floor(turned / 6);
    return hsv[2] - hsv[2] * hsv[1] * std::clamp(std::min(k, 4 - k), 0.0, 1.0);
  };
  return {channel(5), channel(3), channel(1)};
}

constexpr double kLabCorner = 6.0 / 29;

double lab_curve(double t) {
  return t > kLabCorner * kLabCorner * kLabCorner ? std::cbrt(t) : t / (3 * kLabCorner * kLabCorner) + 4.0 / 29;
}
double lab_curve_back(double t) { return t > kLabCorner ? t * t * t : 3 * kLabCorner * kLabCorner * (t - 4.0 / 29); }

/// The white of sRGB is the one with a = b = 0, whatever the digits of the matrix.
const Triple kWhite = times(kXyzOfLinear, {1, 1, 1});

Triple lab_of(const Triple& linear) {
  const Triple xyz = times(kXyzOfLinear, linear);
  Triple f{};
  for (std::size_t i = 0; i < 3; ++i) f[i] = lab_curve(xyz[i] / kWhite[i]);
  return {116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])};
}

Triple of_lab(const Triple& lab) {
  const double y = (lab[0] + 16) / 116;
  Triple xyz{y + lab[1] / 500, y, y - lab[2] / 200};
  for (std::size_t i = 0; i < 3; ++i) xyz[i] = kWhite[i] * lab_curve_back(xyz[i]);
  return times(kLinearOfXyz, xyz);
}

Triple oklab_of(const Triple& linear) {
  return times(kOklabOfLms, each(times(kLmsOfLinear, linear), [](double v) { return std::cbrt(v); }));
}
Triple of_oklab(const Triple& oklab) {
  return times(kLinearOfLms, each(times(kLmsOfOklab, oklab), [](double v) { return v * v * v; }));
}

Triple ycbcr_of(const Triple& rgb) {
  const double luma = kRedLuma * rgb[0] + kGreenLuma * rgb[1] + kBlueLuma * rgb[2];
  return {luma, (rgb[2] - luma) / (2 * (1 - kBlueLuma)), (rgb[0] - luma) / (2 * (1 - kRedLuma))};
}
Triple of_ycbcr(const Triple& ycbcr) {
  const double red = ycbcr[0] + 2 * (1 - kRedLuma) * ycbcr[2];
  const double blue = ycbcr[0] + 2 * (1 - kBlueLuma) * ycbcr[1];
  return {red, (ycbcr[0] - kRedLuma * red - kBlueLuma * blue) / kGreenLuma, blue};
}

Triple to_srgb(const Triple& colour, ColourSpace from) {
  switch (from) {
    case ColourSpace::kLinear:
      return each(colour, linear_to_srgb);
    case ColourSpace::kHsv:
      return of_hsv(colour);
    case ColourSpace::kLab:
      return each(of_lab(colour), linear_to_srgb);
    case ColourSpace::kOklab:
      return each(of_oklab(colour), linear_to_srgb);
    case ColourSpace::kYcbcr:
      return of_ycbcr(colour);
    default:
      return colour;
  }
}

Triple from_srgb(const Triple& rgb, ColourSpace to) {
  switch (to) {
    case ColourSpace::kLinear:
      return each(rgb, srgb_to_linear);
    case ColourSpace::kHsv:
      return hsv_of(rgb);
    case ColourSpace::kLab:
      return lab_of(each(rgb, srgb_to_linear));
    case ColourSpace::kOklab:
      return oklab_of(each(rgb, srgb_to_linear));
    case ColourSpace::kYcbcr:
      return ycbcr_of(rgb);
    default:
      return rgb;
  }
}

}  // namespace

double srgb_to_linear(double coded) {
  const double size = std::abs(coded);
  return std::copysign(size <= 0.04045 ? size / 12.92 : std::pow((size + 0.055) / 1.055, 2.4), coded);
}

double linear_to_srgb(double light) {
  const double size = std::abs(light);
  return std::copysign(size <= 0.0031308 ? size * 12.92 : 1.055 * std::pow(size, 1 / 2.4) - 0.055, light);
}

Triple convert_colour(const Triple& colour, ColourSpace from, ColourSpace to) {
  return from == to ? colour : from_srgb(to_srgb(colour, from), to);
}

FloatImages convert_colours(const FloatImages& images, ColourSpace from, ColourSpace to) {
  if (images.channels != 3 && images.channels != 4)
    throw Error(ErrorCode::kArgument, "convert_colours", "%d channels, not 3 or 4", images.channels);
  FloatImages result = images;
  const std::size_t step = static_cast<std::size_t>(images.channels);
  for (std::size_t at = 0; at < result.values.size(); at += step) {
    float* pixel = result.values.data() + at;
    const Triple converted = convert_colour({pixel[0], pixel[1], pixel[2]}, from, to);
    for (std::size_t i = 0; i < 3; ++i) pixel[i] = static_cast<float>(converted[i]);
  }
  return result;
}

}  // namespace betwixt
