// SPDX-License-Identifier: MIT
#include "betwixt/image/plot_canvas.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "betwixt/image/detail/dot_font.h"

namespace betwixt {
namespace {

/// From the left edge of a character to that of the next, in dots.
constexpr double kAdvance = 6;

constexpr Ink kSeries[] = {{31, 119, 180}, {214, 69, 65}, {44, 140, 60}, {148, 103, 189}, {230, 138, 0}, {120, 84, 60}};
/// Five stops of viridis (van der Walt, Smith, Firing).
constexpr double kScale[][3] = {{68, 1, 84}, {59, 82, 139}, {33, 145, 140}, {94, 201, 98}, {253, 231, 37}};

/// A coordinate as a pixel within [low, high]; NaN is `low`.
int pixel_of(double place, int low, int high) {
  return place >= low ? static_cast<int>(std::min<double>(place, high)) : low;
}

std::uint8_t mixed(std::uint8_t old, std::uint8_t ink, double share) {
  return static_cast<std::uint8_t>(std::lround(old + (ink - old) * share));
}

}  // namespace

Ink series_ink(std::size_t n) { return kSeries[n % std::size(kSeries)]; }

Ink scale_ink(double value) {
  const double at = std::clamp(value, 0.0, 1.0) * 4;
  const auto low = static_cast<std::size_t>(std::min(at, 3.0));
  const double share = at - static_cast<double>(low);
  const auto channel = [&](std::size_t c) {
    return static_cast<std::uint8_t>(kScale[low][c] + (kScale[low + 1][c] - kScale[low][c]) * share);
  };
  return {channel(0), channel(1), channel(2)};
}

PlotCanvas::PlotCanvas(int width, int height, Ink paper) : picture_(1, height, width, 3) {
  for (std::size_t i = 0; i < picture_.pixels.size(); i += 3) {
    picture_.pixels[i] = paper.red;
    picture_.pixels[i + 1] = paper.green;
    picture_.pixels[i + 2] = paper.blue;
  }
}

void PlotCanvas::blend(int x, int y, Ink ink, double share) {
  if (x < 0 || y < 0 || x >= width() || y >= height() || share <= 0) return;
  std::uint8_t* pixel =
      &picture_
           .pixels[(static_cast<std::size_t>(y) * static_cast<std::size_t>(width()) + static_cast<std::size_t>(x)) * 3];
  const double part = std::min(share, 1.0);
  pixel[0] = mixed(pixel[0], ink.red, part);
  pixel[1] = mixed(pixel[1], ink.green, part);
  pixel[2] = mixed(pixel[2], ink.blue, part);
}

void PlotCanvas::line(double x0, double y0, double x1, double y1, Ink ink, double line_width, double opacity) {
  const double dx = x1 - x0, dy = y1 - y0, squared = dx * dx + dy * dy, half = line_width / 2;
  const int top = pixel_of(std::floor(std::min(y0, y1) - half - 1), 0, height());
  const int bottom = pixel_of(std::ceil(std::max(y0, y1) + half + 1), -1, height() - 1);
  const int left = pixel_of(std::floor(std::min(x0, x1) - half - 1), 0, width());
  const int right = pixel_of(std::ceil(std::max(x0, x1) + half + 1), -1, width() - 1);
  for (int y = top; y <= bottom; ++y)
    for (int x = left; x <= right; ++x) {
      const double along = squared > 0 ? std::clamp(((x - x0) * dx + (y - y0) * dy) / squared, 0.0, 1.0) : 0;
      const double away = std::hypot(x - x0 - along * dx, y - y0 - along * dy);
      blend(x, y, ink, opacity * std::clamp(half + 0.5 - away, 0.0, 1.0));
    }
}

void PlotCanvas::disc(double x, double y, double radius, Ink ink, double opacity) {
  line(x, y, x, y, ink, 2 * radius, opacity);
}

void PlotCanvas::box(double x0, double y0, double x1, double y1, Ink ink, double opacity) {
  const auto covered = [](double pixel, double low, double high) {
    return std::clamp(std::min(pixel + 1, high) - std::max(pixel, low), 0.0, 1.0);
  };
  const int bottom = pixel_of(std::ceil(y1), 0, height()), right = pixel_of(std::ceil(x1), 0, width());
  for (int y = pixel_of(std::floor(y0), 0, height()); y < bottom; ++y)
    for (int x = pixel_of(std::floor(x0), 0, width()); x < right; ++x)
      blend(x, y, ink, opacity * covered(x, x0, x1) * covered(y, y0, y1));
}

void PlotCanvas::glyph(double x, double y, char character, Ink ink, double size, bool up) {
  const auto& columns = detail::glyph_of(character);
  for (int column = 0; column < detail::kGlyphColumns; ++column)
    for (int row = 0; row < detail::kGlyphRows; ++row) {
      if ((columns[column] >> row & 1) == 0) continue;
      const double right = column * size, down = row * size;
      if (up)
        box(x + down, y - right - size, x + down + size, y - right, ink);
      else
        box(x + right, y + down, x + right + size, y + down + size, ink);
    }
}

void PlotCanvas::words(double x, double y, const std::string& text, Ink ink, double size, bool up) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const double along = kAdvance * size * static_cast<double>(i);
    glyph(up ? x : x + along, up ? y - along : y, text[i], ink, size, up);
  }
}

void PlotCanvas::text(double x, double y, const std::string& text, Ink ink, double size) {
  words(x, y, text, ink, size, false);
}

void PlotCanvas::text_up(double x, double y, const std::string& text, Ink ink, double size) {
  words(x, y, text, ink, size, true);
}

double PlotCanvas::text_width(const std::string& words, double size) {
  return kAdvance * size * static_cast<double>(words.size());
}

void PlotCanvas::paste(int x, int y, const Images& images, std::int64_t index, int scale) {
  const auto pixels = images.picture(index);
  const auto channels = static_cast<std::size_t>(images.channels);
  for (int row = 0; row < images.height * scale; ++row)
    for (int column = 0; column < images.width * scale; ++column) {
      const std::size_t at = (static_cast<std::size_t>(row / scale) * static_cast<std::size_t>(images.width) +
                              static_cast<std::size_t>(column / scale)) *
                             channels;
      // Premultiplied colour over what is there: the paper shows by what alpha leaves open.
      const bool alpha = channels == 2 || channels == 4;
      const double open = alpha ? 1 - pixels[at + channels - 1] / 255.0 : 0;
      const bool colour = channels >= 3;
      const auto over = [&](std::size_t c) {
        return static_cast<std::uint8_t>(std::min(255.0, pixels[at + (colour ? c : 0)] + 255 * open));
      };
      blend(x + column, y + row, {over(0), over(1), over(2)}, 1);
    }
}

}  // namespace betwixt
