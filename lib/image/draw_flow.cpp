// SPDX-License-Identifier: MIT
#include "betwixt/image/draw_flow.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "betwixt/core/error.h"
#include "betwixt/image/detail/geometry.h"

namespace betwixt {
namespace {

using Rgb = std::array<double, 3>;

constexpr double kUnknown = 1e9;
constexpr Rgb kWhite{1, 1, 1};

bool is_known(Point flow) { return std::abs(flow.x) <= kUnknown && std::abs(flow.y) <= kUnknown; }

Point flow_at(const FloatImages& flow, std::int64_t n, int y, int x) {
  const auto vector = flow.pixel(n, y, x);
  return {vector[0], vector[1]};
}

void check_flow(const FloatImages& flow) {
  if (flow.channels != 2) throw Error(ErrorCode::kShape, "draw_flow", "a flow has 2 channels, not %d", flow.channels);
}

/// The 55 hues of the Middlebury wheel: what rises or falls from one primary to the next, and in how many steps.
std::vector<Rgb> make_wheel() {
  struct Arc {
    int steps;
    Rgb from, to;
  };
  const Rgb red{1, 0, 0}, yellow{1, 1, 0}, green{0, 1, 0}, cyan{0, 1, 1}, blue{0, 0, 1}, magenta{1, 0, 1};
  const Arc arcs[] = {{15, red, yellow}, {6, yellow, green},  {4, green, cyan},
                      {11, cyan, blue},  {13, blue, magenta}, {6, magenta, red}};
  std::vector<Rgb> wheel;
  for (const Arc& arc : arcs)
    for (int i = 0; i < arc.steps; ++i) {
      const double t = static_cast<double>(i) / arc.steps;
      Rgb& hue = wheel.emplace_back();
      for (std::size_t c = 0; c < 3; ++c) hue[c] = (1 - t) * arc.from[c] + t * arc.to[c];
    }
  return wheel;
}

Rgb hue_of(Point direction) {
  static const std::vector<Rgb> wheel = make_wheel();
  const double turn = std::atan2(-direction.y, -direction.x) / std::numbers::pi;
  const double place = (turn + 1) / 2 * static_cast<double>(wheel.size() - 1);
  const auto first = static_cast<std::size_t>(place);
  const double part = place - static_cast<double>(first);
  const Rgb& a = wheel[first];
  const Rgb& b = wheel[(first + 1) % wheel.size()];
  return {a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1]), a[2] + part * (b[2] - a[2])};
}

/// `flow` in units of the longest vector.
Rgb wheel_colour(Point flow) {
  if (!is_known(flow)) return {0, 0, 0};
  const double length = std::hypot(flow.x, flow.y);
  Rgb colour = hue_of(flow);
  for (double& c : colour) c = length <= 1 ? 1 - length * (1 - c) : 0.75 * c;
  return colour;
}

void set_pixel(FloatImages& picture, std::int64_t n, int y, int x, const Rgb& colour) {
  for (std::size_t c = 0; c < 3; ++c) picture.pixel(n, y, x)[c] = static_cast<float>(colour[c]);
}

double longest_of(const FloatImages& flow) {
  double longest = 0;
  for (std::size_t i = 0; i + 1 < flow.values.size(); i += 2) {
    const Point vector{flow.values[i], flow.values[i + 1]};
    if (is_known(vector)) longest = std::max(longest, std::hypot(vector.x, vector.y));
  }
  return longest > 0 ? longest : 1;
}

/// Grey, alpha dropped, nearer to white, enlarged.
FloatImages canvas_of(const FloatImages& flow, const Images& background, int zoom) {
  FloatImages canvas(flow.count, flow.height * zoom, flow.width * zoom, 3, 1);
  if (background.pixels.empty()) return canvas;
  for (std::int64_t n = 0; n < flow.count; ++n)
    for (int y = 0; y < canvas.height; ++y)
      for (int x = 0; x < canvas.width; ++x) {
        const std::size_t place = static_cast<std::size_t>(y / zoom) * background.width + x / zoom;
        const std::uint8_t* p = background.picture(n).data() + place * background.channels;
        const double luma = background.channels < 3 ? p[0] : 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2];
        const double light = 0.5 + 0.5 * luma / 255;
        set_pixel(canvas, n, y, x, {light, light, light});
      }
  return canvas;
}

struct Pen {
  FloatImages& canvas;
  std::int64_t n;
  Rgb colour;
  double thickness;

  void line(Point a, Point b) const {
    const double reach = thickness / 2 + 1;
    const detail::PixelSpan columns(std::min(a.x, b.x) - reach, std::max(a.x, b.x) + reach, canvas.width);
    const detail::PixelSpan rows(std::min(a.y, b.y) - reach, std::max(a.y, b.y) + reach, canvas.height);
    for (int y = rows.begin; y < rows.end; ++y)
      for (int x = columns.begin; x < columns.end; ++x) {
        const Point p{static_cast<double>(x), static_cast<double>(y)};
        const double inside = thickness / 2 - detail::distance_to_segment(p, a, b);
        const double cover = std::clamp(inside + 0.5, 0.0, 1.0);
        auto pixel = canvas.pixel(n, y, x);
        for (std::size_t c = 0; c < 3; ++c) pixel[c] += static_cast<float>(cover * (colour[c] - pixel[c]));
      }
  }

  void arrow(Point from, Point along) const {
    const double length = std::hypot(along.x, along.y);
    if (length < 0.5) return line(from, from);
    const Point tip{from.x + along.x, from.y + along.y};
    line(from, tip);
    const double barb = std::min(0.4 * length, 3 * thickness + 2);
    const Point back{-along.x / length * barb, -along.y / length * barb};
    constexpr double kCos = 0.866, kSin = 0.5;
    line(tip, {tip.x + kCos * back.x - kSin * back.y, tip.y + kSin * back.x + kCos * back.y});
    line(tip, {tip.x + kCos * back.x + kSin * back.y, tip.y - kSin * back.x + kCos * back.y});
  }
};

void check_arrows(const FloatImages& flow, const Images& background, const ArrowOptions& options) {
  check_flow(flow);
  const bool fits = background.count == flow.count && background.height == flow.height &&
                    background.width == flow.width && background.channels >= 1 && background.channels <= 4;
  if (!background.pixels.empty() && !fits)
    throw Error(ErrorCode::kShape, "draw_flow", "a background of %d by %d by %d for a flow of %d by %d",
                background.width, background.height, background.channels, flow.width, flow.height);
  const bool fine = options.spacing > 0 && options.zoom > 0 && options.zoom <= 64 && std::isfinite(options.scale) &&
                    options.thickness > 0 && options.thickness < 1e3;
  if (!fine)
    throw Error(ErrorCode::kArgument, "draw_flow", "spacing %d, zoom %d, scale %g, thickness %g", options.spacing,
                options.zoom, options.scale, options.thickness);
}

}  // namespace

Images draw_flow_wheel(const FloatImages& flow, double longest) {
  check_flow(flow);
  if (!std::isfinite(longest) || longest < 0)
    throw Error(ErrorCode::kArgument, "draw_flow", "the longest vector is %g", longest);
  const double unit = longest > 0 ? longest : longest_of(flow);
  FloatImages picture(flow.count, flow.height, flow.width, 3);
  for (std::int64_t n = 0; n < flow.count; ++n)
    for (int y = 0; y < flow.height; ++y)
      for (int x = 0; x < flow.width; ++x) {
        const Point vector = flow_at(flow, n, y, x);
        const bool known = is_known(vector);
        set_pixel(picture, n, y, x, known ? wheel_colour({vector.x / unit, vector.y / unit}) : Rgb{});
      }
  return to_bytes(picture);
}

Images flow_wheel_legend(int size) {
  if (size < 1) throw Error(ErrorCode::kArgument, "draw_flow", "a legend of %d pixels", size);
  FloatImages picture(1, size, size, 3);
  const double radius = std::max(0.5, (size - 1) / 2.0);
  for (int y = 0; y < size; ++y)
    for (int x = 0; x < size; ++x) {
      const Point place{(x - (size - 1) / 2.0) / radius, (y - (size - 1) / 2.0) / radius};
      set_pixel(picture, 0, y, x, std::hypot(place.x, place.y) <= 1 ? wheel_colour(place) : kWhite);
    }
  return to_bytes(picture);
}

Images draw_flow_arrows(const FloatImages& flow, const Images& background, const ArrowOptions& options) {
  check_arrows(flow, background, options);
  FloatImages canvas = canvas_of(flow, background, options.zoom);
  const int zoom = options.zoom;
  const double middle = (zoom - 1) / 2.0;
  for (std::int64_t n = 0; n < flow.count; ++n)
    for (int y = options.spacing / 2; y < flow.height; y += options.spacing)
      for (int x = options.spacing / 2; x < flow.width; x += options.spacing) {
        const Point vector = flow_at(flow, n, y, x);
        const double length = std::hypot(vector.x, vector.y);
        const Pen pen{canvas, n, length > 0 && is_known(vector) ? hue_of(vector) : Rgb{}, options.thickness};
        const double scale = is_known(vector) ? options.scale * zoom : 0;
        pen.arrow({x * zoom + middle, y * zoom + middle},
                  scale == 0 ? Point{} : Point{vector.x * scale, vector.y * scale});
      }
  return to_bytes(canvas);
}

}  // namespace betwixt
