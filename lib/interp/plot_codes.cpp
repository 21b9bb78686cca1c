// SPDX-License-Identifier: MIT
#include "betwixt/interp/plot_codes.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "betwixt/core/error.h"
#include "betwixt/image/plot_frame.h"

namespace betwixt {
namespace {

constexpr int kLeastSize = 200;
constexpr int kMostSize = 8192;
constexpr int kPictureSide = 64;  // of a picture shown in the plot, at most

/// The direction of largest variance that is left, by power iteration; scaled to length 1.
std::vector<double> main_direction(const std::vector<std::vector<double>>& rows, std::size_t width) {
  std::vector<double> direction(width);
  for (std::size_t i = 0; i < width; ++i) direction[i] = 1 + 0.01 * static_cast<double>(i);
  for (int round = 0; round < 60; ++round) {
    std::vector<double> next(width, 0.0);
    for (const auto& row : rows) {
      double dot = 0;
      for (std::size_t i = 0; i < width; ++i) dot += row[i] * direction[i];
      for (std::size_t i = 0; i < width; ++i) next[i] += dot * row[i];
    }
    double length = 0;
    for (const double value : next) length += value * value;
    if (!(length > 0)) break;
    for (std::size_t i = 0; i < width; ++i) direction[i] = next[i] / std::sqrt(length);
  }
  double length = 0;
  for (const double value : direction) length += value * value;
  for (double& value : direction) value /= std::sqrt(length);
  return direction;
}

/// Takes a direction out of all rows; returns the variance along it.
double remove_direction(std::vector<std::vector<double>>& rows, const std::vector<double>& direction) {
  double variance = 0;
  for (auto& row : rows) {
    double dot = 0;
    for (std::size_t i = 0; i < row.size(); ++i) dot += row[i] * direction[i];
    for (std::size_t i = 0; i < row.size(); ++i) row[i] -= dot * direction[i];
    variance += dot * dot;
  }
  return variance;
}

/// A picture so small that a few of it fit in a plot: every pixel the mean of `by` x `by`.
Images shrunk(const Images& pictures, std::int64_t index, int by) {
  Images small(1, pictures.height / by, pictures.width / by, pictures.channels);
  const auto from = pictures.picture(index);
  const auto channels = static_cast<std::size_t>(pictures.channels), step = static_cast<std::size_t>(by);
  const auto width = static_cast<std::size_t>(pictures.width), small_width = static_cast<std::size_t>(small.width);
  for (std::size_t i = 0; i < small.pixels.size(); ++i) {
    const std::size_t row = i / channels / small_width, column = i / channels % small_width;
    std::size_t sum = 0;
    for (std::size_t y = 0; y < step; ++y)
      for (std::size_t x = 0; x < step; ++x)
        sum += from[((row * step + y) * width + column * step + x) * channels + i % channels];
    small.pixels[i] = static_cast<std::uint8_t>(sum / (step * step));
  }
  return small;
}

void draw_pictures(PlotCanvas& canvas, const PlotFrame& f, const CodesPlane& plane, const Codes& codes,
                   const Images& pictures) {
  const std::int64_t shown = std::min<std::int64_t>(14, codes.count);
  const int side = std::max(pictures.width, pictures.height);
  const int scale = std::max(1, kPictureSide / side);
  const int by = std::clamp((side + kPictureSide - 1) / kPictureSide, 1, std::min(pictures.width, pictures.height));
  const int width = pictures.width / by * scale, height = pictures.height / by * scale;
  if (width > f.right - f.left || height > f.bottom - f.top) return;  // a strip that would hide the plot
  std::vector<PlanePoint> placed;
  for (std::int64_t n = 0; n < codes.count && static_cast<std::int64_t>(placed.size()) < shown; ++n) {
    // Spread over the set in an order that repeats nothing.
    const std::int64_t i = n * 7919 % codes.count;
    const PlanePoint p = plane.at(codes.row(i));
    const double x = f.column(p.x), y = f.row(p.y);
    const auto near = [&](const PlanePoint& other) {
      return std::abs(other.x - x) < width * 1.6 && std::abs(other.y - y) < height * 1.6;
    };
    if (std::any_of(placed.begin(), placed.end(), near)) continue;
    placed.push_back({x, y});
    const int left = static_cast<int>(std::clamp(x + 6, f.left, f.right - width));
    const int top = static_cast<int>(std::clamp(y - 6 - height, f.top, f.bottom - height));
    canvas.box(left - 1, top - 1, left + width + 1, top + height + 1, kInkBlack);
    canvas.paste(left, top, shrunk(pictures, i, by), 0, scale);
    canvas.disc(x, y, 4, kInkBlack);
  }
}

void draw_graph(PlotCanvas& canvas, const PlotFrame& f, const CodesPlane& plane, const NeighbourGraph& graph) {
  for (const Edge& edge : graph.edge_list()) {
    const PlanePoint a = plane.at(graph.position(edge.from)), b = plane.at(graph.position(edge.to));
    canvas.line(f.column(a.x), f.row(a.y), f.column(b.x), f.row(b.y), kInkGrey, 1, 0.5);
  }
}

void draw_path(PlotCanvas& canvas, const PlotFrame& f, const CodesPlane& plane, const Codes& points, Ink ink) {
  for (std::int64_t i = 1; i < points.count; ++i) {
    const PlanePoint a = plane.at(points.row(i - 1)), b = plane.at(points.row(i));
    canvas.line(f.column(a.x), f.row(a.y), f.column(b.x), f.row(b.y), ink, 3, 0.9);
  }
}

void draw_codes(PlotCanvas& canvas, const PlotFrame& f, const CodesPlane& plane, const Codes& codes,
                const std::vector<double>& values) {
  const auto value_of = [&](std::int64_t i) {
    return values.empty() ? static_cast<double>(i) : values[static_cast<std::size_t>(i)];
  };
  PlotRange colour;
  for (std::int64_t i = 0; i < codes.count; ++i) colour.take(value_of(i));
  colour.widen(0);
  for (std::int64_t i = 0; i < codes.count; ++i) {
    const PlanePoint p = plane.at(codes.row(i));
    canvas.disc(f.column(p.x), f.row(p.y), codes.count > 2000 ? 1.5 : 3, scale_ink(colour.place(value_of(i))), 0.9);
  }
}

void check(const Codes& codes, const CodesPlot& options) {
  codes.check("plot_codes");
  if (codes.count == 0) throw Error(ErrorCode::kArgument, "plot_codes", "there are no codes");
  if (options.size < kLeastSize || options.size > kMostSize)
    throw Error(ErrorCode::kArgument, "plot_codes", "%d pixels", options.size)
        .expected("%d to %d", kLeastSize, kMostSize);
  const auto count = static_cast<std::size_t>(codes.count);
  if (!options.values.empty() && options.values.size() != count)
    throw Error(ErrorCode::kShape, "plot_codes", "%zu values for %zu codes", options.values.size(), count);
  if (options.pictures && options.pictures->count != codes.count)
    throw Error(ErrorCode::kShape, "plot_codes", "%lld pictures for %zu codes",
                static_cast<long long>(options.pictures->count), count);
  if (options.graph && options.graph->codes().dimensions != codes.dimensions)
    throw Error(ErrorCode::kShape, "plot_codes", "a graph of codes of %d numbers", options.graph->codes().dimensions)
        .expected("%d", codes.dimensions);
  for (const NamedPath& path : options.paths) {
    if (path.points.dimensions != codes.dimensions)
      throw Error(ErrorCode::kShape, "plot_codes", "a path through codes of %d numbers", path.points.dimensions)
          .expected("%d", codes.dimensions);
    path.points.check("plot_codes");
  }
}

}  // namespace

CodesPlane::CodesPlane(const Codes& codes) {
  const auto width = static_cast<std::size_t>(codes.dimensions);
  mean_.assign(width, 0.0);
  names_[0] = "code 1";
  names_[1] = "code 2";
  directions_[0].assign(width, 0.0);
  directions_[1].assign(width, 0.0);
  if (width <= 2) {
    for (std::size_t i = 0; i < width; ++i) directions_[i][i] = 1;
    if (width == 1) names_[1] = "";
    return;
  }
  std::vector<std::vector<double>> rows;
  for (std::int64_t i = 0; i < codes.count; ++i) {
    const auto row = codes.row(i);
    rows.emplace_back(row.begin(), row.end());
    for (std::size_t c = 0; c < width; ++c) mean_[c] += row[c] / static_cast<double>(codes.count);
  }
  double total = 0;
  for (auto& row : rows)
    for (std::size_t c = 0; c < width; ++c) {
      row[c] -= mean_[c];
      total += row[c] * row[c];
    }
  for (int i = 0; i < 2; ++i) {
    directions_[i] = main_direction(rows, width);
    const double variance = remove_direction(rows, directions_[i]);
    char text[64];
    std::snprintf(text, sizeof text, "component %d (%.0f %%)", i + 1, total > 0 ? 100 * variance / total : 0);
    names_[i] = text;
  }
}

PlanePoint CodesPlane::at(std::span<const float> code) const {
  PlanePoint point;
  for (std::size_t i = 0; i < code.size(); ++i) {
    point.x += (code[i] - mean_[i]) * directions_[0][i];
    point.y += (code[i] - mean_[i]) * directions_[1][i];
  }
  return point;
}

Images plot_codes(const Codes& codes, const CodesPlot& options) {
  check(codes, options);
  const CodesPlane plane(codes);
  PlotCanvas canvas(options.size, options.size);
  PlotFrame f{.left = 62, .top = 40, .right = options.size - 20.0, .bottom = options.size - 46.0};
  const auto take = [&](const Codes& points) {
    for (std::int64_t i = 0; i < points.count; ++i) {
      const PlanePoint p = plane.at(points.row(i));
      f.x.take(p.x);
      f.y.take(p.y);
    }
  };
  take(codes);
  for (const NamedPath& path : options.paths) take(path.points);
  f.x.widen(0.06);
  f.y.widen(0.06);
  draw_plot_frame(canvas, f, {options.title + ", coloured by " + options.value_name, plane.axis(0), plane.axis(1)});
  if (options.graph) draw_graph(canvas, f, plane, *options.graph);
  draw_codes(canvas, f, plane, codes, options.values);
  if (options.pictures) draw_pictures(canvas, f, plane, codes, *options.pictures);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < options.paths.size(); ++i) {
    draw_path(canvas, f, plane, options.paths[i].points, series_ink(i));
    names.push_back(options.paths[i].name);
  }
  if (!names.empty()) draw_plot_key(canvas, f, names);
  return canvas.picture();
}

}  // namespace betwixt
