// SPDX-License-Identifier: MIT
#include "plots.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "canvas.h"

namespace betwixt::cli {
namespace {

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void take(double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  void widen(double share) {
    if (!(low <= high)) low = 0, high = 1;
    const double more = high > low ? (high - low) * share : std::max(std::abs(high) * share, 1e-3);
    low -= more;
    high += more;
  }
  double place(double value) const { return (value - low) / (high - low); }
};

std::string number_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", std::abs(value) < 1e-12 ? 0.0 : value);
  return text;
}

/// Round steps, about five of them.
double step_of(const Range& range) {
  const double raw = (range.high - range.low) / 5;
  const double power = std::pow(10, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= raw) return factor * power;
  return 10 * power;
}

/// The frame of a plot: where values become pixels.
struct Frame {
  double left, top, right, bottom;
  Range x, y;

  double column(double value) const { return left + x.place(value) * (right - left); }
  double row(double value) const { return bottom - y.place(value) * (bottom - top); }
};

void draw_frame(Canvas& canvas, const Frame& f, const std::string& title, bool logarithmic, bool number_across) {
  canvas.text(f.left, 12, title, kBlack, 1.6);
  const double across = step_of(f.x), up = step_of(f.y);
  for (double v = std::ceil(f.y.low / up) * up; v <= f.y.high; v += up) {
    const std::string label = number_text(logarithmic ? std::pow(10, v) : v);
    canvas.line(f.left, f.row(v), f.right, f.row(v), kLightGrey);
    canvas.text(f.left - 6 - Canvas::text_width(label), f.row(v) - 4, label, kGrey);
  }
  for (double v = std::ceil(f.x.low / across) * across; number_across && v <= f.x.high; v += across) {
    const std::string label = number_text(v);
    canvas.line(f.column(v), f.top, f.column(v), f.bottom, kLightGrey);
    canvas.text(f.column(v) - Canvas::text_width(label) / 2, f.bottom + 6, label, kGrey);
  }
  canvas.line(f.left, f.top, f.left, f.bottom, kGrey);
  canvas.line(f.left, f.bottom, f.right, f.bottom, kGrey);
}

void draw_names(Canvas& canvas, const Frame& f, const std::string& across, const std::string& up) {
  canvas.text((f.left + f.right - Canvas::text_width(across, 1.2)) / 2, f.bottom + 22, across, kBlack, 1.2);
  canvas.text_up(8, (f.top + f.bottom + Canvas::text_width(up, 1.2)) / 2, up, kBlack, 1.2);
}

/// Names of series with their colours, from the top right corner down.
void draw_key(Canvas& canvas, const Frame& f, const std::vector<std::string>& names) {
  double widest = 0;
  for (const std::string& name : names) widest = std::max(widest, Canvas::text_width(name, 1.2));
  const double left = f.right - widest - 34;
  canvas.box(left - 6, f.top + 4, f.right - 4, f.top + 10 + 16 * static_cast<double>(names.size()), kWhite, 0.85);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const double y = f.top + 14 + 16 * static_cast<double>(i);
    canvas.line(left, y, left + 18, y, series_ink(i), 3);
    canvas.text(left + 24, y - 5, names[i], kBlack, 1.2);
  }
}

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

void draw_pictures(Canvas& canvas, const Frame& f, const Plane& plane, const Codes& codes, const Images& pictures) {
  const std::int64_t shown = std::min<std::int64_t>(14, codes.count);
  const int scale = std::max(1, 40 / std::max(pictures.width, pictures.height));
  std::vector<Plane::Point> placed;
  for (std::int64_t n = 0; n < codes.count && static_cast<std::int64_t>(placed.size()) < shown; ++n) {
    // Spread over the set in an order that repeats nothing.
    const std::int64_t i = n * 7919 % codes.count;
    const Plane::Point p = plane.at(codes.row(i));
    const double x = f.column(p.x), y = f.row(p.y);
    const auto near = [&](const Plane::Point& other) {
      return std::abs(other.x - x) < pictures.width * scale * 1.6 &&
             std::abs(other.y - y) < pictures.height * scale * 1.6;
    };
    if (std::ranges::any_of(placed, near)) continue;
    placed.push_back({x, y});
    const int left = static_cast<int>(std::clamp(x + 6, f.left, f.right - pictures.width * scale));
    const int top = static_cast<int>(std::clamp(y - 6 - pictures.height * scale, f.top, f.bottom));
    canvas.box(left - 1, top - 1, left + pictures.width * scale + 1, top + pictures.height * scale + 1, kBlack);
    canvas.paste(left, top, pictures, i, scale);
    canvas.disc(x, y, 4, kBlack);
  }
}

void draw_graph(Canvas& canvas, const Frame& f, const Plane& plane, const NeighbourGraph& graph) {
  for (const Edge& edge : graph.edge_list()) {
    const Plane::Point a = plane.at(graph.position(edge.from)), b = plane.at(graph.position(edge.to));
    canvas.line(f.column(a.x), f.row(a.y), f.column(b.x), f.row(b.y), kGrey, 1, 0.5);
  }
}

void draw_path(Canvas& canvas, const Frame& f, const Plane& plane, const Codes& points, Ink ink) {
  for (std::int64_t i = 1; i < points.count; ++i) {
    const Plane::Point a = plane.at(points.row(i - 1)), b = plane.at(points.row(i));
    canvas.line(f.column(a.x), f.row(a.y), f.column(b.x), f.row(b.y), ink, 3, 0.9);
  }
}

}  // namespace

Plane::Plane(const Codes& codes) {
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

Plane::Point Plane::at(std::span<const float> code) const {
  Point point;
  for (std::size_t i = 0; i < code.size(); ++i) {
    point.x += (code[i] - mean_[i]) * directions_[0][i];
    point.y += (code[i] - mean_[i]) * directions_[1][i];
  }
  return point;
}

Images plot_codes(const Codes& codes, const CodesPlot& options) {
  const Plane plane(codes);
  Canvas canvas(options.size, options.size);
  Frame f{62, 40, options.size - 20.0, options.size - 46.0, {}, {}};
  Range colour;
  const auto take = [&](const Codes& points) {
    for (std::int64_t i = 0; i < points.count; ++i) {
      const Plane::Point p = plane.at(points.row(i));
      f.x.take(p.x);
      f.y.take(p.y);
    }
  };
  take(codes);
  for (const NamedPath& path : options.paths) take(path.points);
  f.x.widen(0.06);
  f.y.widen(0.06);
  const auto value_of = [&](std::int64_t i) {
    return options.values.empty() ? static_cast<double>(i) : options.values[static_cast<std::size_t>(i)];
  };
  for (std::int64_t i = 0; i < codes.count; ++i) colour.take(value_of(i));
  colour.widen(0);
  draw_frame(canvas, f, options.title + ", coloured by " + options.value_name, false, true);
  draw_names(canvas, f, plane.axis(0), plane.axis(1));
  if (options.graph) draw_graph(canvas, f, plane, *options.graph);
  for (std::int64_t i = 0; i < codes.count; ++i) {
    const Plane::Point p = plane.at(codes.row(i));
    canvas.disc(f.column(p.x), f.row(p.y), codes.count > 2000 ? 1.5 : 3, scale_ink(colour.place(value_of(i))), 0.9);
  }
  if (options.pictures) draw_pictures(canvas, f, plane, codes, *options.pictures);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < options.paths.size(); ++i) {
    draw_path(canvas, f, plane, options.paths[i].points, series_ink(i));
    names.push_back(options.paths[i].name);
  }
  if (!names.empty()) draw_key(canvas, f, names);
  return canvas.picture();
}

Images plot_curves(const std::vector<Series>& series, const CurvesPlot& options) {
  Canvas canvas(760, 420);
  Frame f{70, 40, 744, 374, {}, {}};
  const auto height = [&](double value) { return options.logarithmic ? std::log10(std::max(value, 1e-12)) : value; };
  std::size_t longest = 1;
  for (const Series& s : series) {
    longest = std::max(longest, s.values.size());
    for (const double value : s.values)
      if (std::isfinite(value)) f.y.take(height(value));
  }
  const double last = options.last > 0 ? options.last : static_cast<double>(longest);
  f.x.take(0);
  f.x.take(last);
  f.y.widen(0.05);
  draw_frame(canvas, f, options.title, options.logarithmic, true);
  draw_names(canvas, f, options.across, options.up);
  std::vector<std::string> names;
  for (std::size_t n = 0; n < series.size(); ++n) {
    const auto& values = series[n].values;
    const auto across = [&](std::size_t i) {
      return last * static_cast<double>(i + 1) / static_cast<double>(values.size());
    };
    for (std::size_t i = 1; i < values.size(); ++i)
      if (std::isfinite(values[i - 1]) && std::isfinite(values[i]))
        canvas.line(f.column(across(i - 1)), f.row(height(values[i - 1])), f.column(across(i)),
                    f.row(height(values[i])), series_ink(n), 2);
    names.push_back(series[n].name);
  }
  if (series.size() > 1) draw_key(canvas, f, names);
  return canvas.picture();
}

Images plot_bars(const std::vector<std::string>& groups, const std::vector<Series>& series, const std::string& title) {
  Canvas canvas(760, 360);
  Frame f{70, 40, 744, 320, {0, 1}, {}};
  f.y.take(0);
  std::vector<std::string> names;
  for (const Series& s : series) {
    names.push_back(s.name);
    for (const double value : s.values) f.y.take(value);
  }
  f.y.widen(0.08);
  if (f.y.low < 0) f.y.low = std::min(0.0, f.y.low + 0.08 / 1.16 * (f.y.high - f.y.low));
  draw_frame(canvas, f, title, false, false);
  const double group_width = (f.right - f.left) / static_cast<double>(groups.size());
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const double left = f.left + group_width * (static_cast<double>(g) + 0.1);
    const double width = 0.8 * group_width / static_cast<double>(series.size());
    for (std::size_t n = 0; n < series.size(); ++n) {
      const double value = series[n].values[g], x = left + width * static_cast<double>(n);
      if (!std::isfinite(value)) continue;
      canvas.box(x + 1, f.row(std::max(value, 0.0)), x + width - 1, f.row(std::min(value, 0.0)), series_ink(n));
      const std::string label = number_text(value);
      canvas.text(x + (width - Canvas::text_width(label)) / 2, f.row(std::max(value, 0.0)) - 10, label);
    }
    canvas.text(left + (0.8 * group_width - Canvas::text_width(groups[g], 1.2)) / 2, f.bottom + 8, groups[g], kBlack,
                1.2);
  }
  if (series.size() > 1) draw_key(canvas, f, names);
  return canvas.picture();
}

}  // namespace betwixt::cli
