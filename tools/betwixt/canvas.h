// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "betwixt/image/images.h"

namespace betwixt::cli {

struct Ink {
  std::uint8_t red = 0, green = 0, blue = 0;
};

inline constexpr Ink kBlack{30, 30, 34};
inline constexpr Ink kGrey{130, 130, 136};
inline constexpr Ink kLightGrey{214, 214, 220};
inline constexpr Ink kWhite{255, 255, 255};

/// A colour of the n-th series, and a colour of a value in [0, 1] (dark blue to yellow).
Ink series_ink(std::size_t n);
Ink scale_ink(double value);

/// A small RGB picture to draw on, anti-aliased. Coordinates are pixels from the top left; what lies outside is cut.
class Canvas {
 public:
  Canvas(int width, int height, Ink paper = kWhite);

  int width() const { return picture_.width; }
  int height() const { return picture_.height; }
  const Images& picture() const { return picture_; }

  void line(double x0, double y0, double x1, double y1, Ink ink, double width = 1, double opacity = 1);
  void disc(double x, double y, double radius, Ink ink, double opacity = 1);
  void box(double x0, double y0, double x1, double y1, Ink ink, double opacity = 1);
  /// ASCII, its top left corner at (x, y); letters are about 6 x 8 pixels times `size`.
  void text(double x, double y, const std::string& words, Ink ink = kBlack, double size = 1);
  static double text_width(const std::string& words, double size = 1);
  /// Text turned so that it reads upwards, (x, y) its bottom left corner.
  void text_up(double x, double y, const std::string& words, Ink ink = kBlack, double size = 1);
  /// A picture of any channel count, its top left corner at (x, y), each pixel a square of `scale`.
  void paste(int x, int y, const Images& images, std::int64_t index, int scale = 1);

 private:
  void blend(int x, int y, Ink ink, double share);
  void words(double x, double y, const std::string& text, Ink ink, double size, bool up);

  Images picture_;
};

}  // namespace betwixt::cli
