// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "betwixt/image/images.h"

namespace betwixt {

/// A colour to draw with.
struct Ink {
  std::uint8_t red = 0;    ///< 0 to 255
  std::uint8_t green = 0;  ///< 0 to 255
  std::uint8_t blue = 0;   ///< 0 to 255
};

inline constexpr Ink kInkBlack{30, 30, 34};     ///< text
inline constexpr Ink kInkGrey{130, 130, 136};   ///< axes
inline constexpr Ink kInkLight{214, 214, 220};  ///< lines of a grid
inline constexpr Ink kInkWhite{255, 255, 255};  ///< paper

/// A colour of the n-th series; six that repeat.
Ink series_ink(std::size_t n);
/// A colour of a value in [0, 1], dark blue to yellow; values outside are clamped.
Ink scale_ink(double value);

/// A small RGB picture to draw plots on, anti-aliased. Coordinates are pixels from the top left; what lies outside is
/// cut.
class PlotCanvas {
 public:
  /// E_ARGUMENT for a negative size.
  PlotCanvas(int width, int height, Ink paper = kInkWhite);

  int width() const { return picture_.width; }        ///< pixels
  int height() const { return picture_.height; }      ///< pixels
  const Images& picture() const { return picture_; }  ///< what was drawn so far

  /// A line with round ends.
  void line(double x0, double y0, double x1, double y1, Ink ink, double width = 1, double opacity = 1);
  /// A filled circle.
  void disc(double x, double y, double radius, Ink ink, double opacity = 1);
  /// A filled rectangle.
  void box(double x0, double y0, double x1, double y1, Ink ink, double opacity = 1);
  /// ASCII, its top left corner at (x, y); letters are 5 x 8 pixels times `size`, 6 apart.
  void text(double x, double y, const std::string& words, Ink ink = kInkBlack, double size = 1);
  /// How wide `text` would be.
  static double text_width(const std::string& words, double size = 1);
  /// Text turned so that it reads upwards, (x, y) its bottom left corner.
  void text_up(double x, double y, const std::string& words, Ink ink = kInkBlack, double size = 1);
  /// A picture of any channel count, its top left corner at (x, y), each pixel a square of `scale`.
  void paste(int x, int y, const Images& images, std::int64_t index, int scale = 1);

 private:
  void blend(int x, int y, Ink ink, double share);
  void glyph(double x, double y, char character, Ink ink, double size, bool up);
  void words(double x, double y, const std::string& text, Ink ink, double size, bool up);

  Images picture_;
};

}  // namespace betwixt
