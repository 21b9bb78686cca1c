// SPDX-License-Identifier: MIT
#include "betwixt/image/plot_frame.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace betwixt {
namespace {

constexpr double kMost = 1e150;  // so that no difference or square is infinite
constexpr int kMostLines = 12;

/// Round steps, about five of them.
double step_of(const PlotRange& range) {
  const double raw = (range.high - range.low) / 5;
  const double power = std::pow(10, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= raw) return factor * power;
  return 10 * power;
}

/// Where the lines of an axis are.
std::vector<double> lines_of(const PlotRange& range) {
  const double step = step_of(range), first = std::ceil(range.low / step);
  std::vector<double> lines;
  for (int n = 0; n < kMostLines && (first + n) * step <= range.high; ++n) lines.push_back((first + n) * step);
  return lines;
}

}  // namespace

void PlotRange::take(double value) {
  if (!(std::abs(value) <= kMost)) return;
  low = std::min(low, value);
  high = std::max(high, value);
}

void PlotRange::widen(double share) {
  if (!(low <= high)) low = 0, high = 1;
  const double more = high > low ? (high - low) * share : std::max(std::abs(high) * share, 1e-3);
  low -= more;
  high += more;
}

std::string plot_number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", std::abs(value) < 1e-12 ? 0.0 : value);
  return text;
}

void draw_plot_frame(PlotCanvas& canvas, const PlotFrame& f, const PlotFrameLabels& labels) {
  canvas.text(f.left, 12, labels.title, kInkBlack, 1.6);
  for (const double value : lines_of(f.y)) {
    const std::string label = plot_number(labels.logarithmic ? std::pow(10, value) : value);
    canvas.line(f.left, f.row(value), f.right, f.row(value), kInkLight);
    canvas.text(f.left - 6 - PlotCanvas::text_width(label), f.row(value) - 4, label, kInkGrey);
  }
  for (const double value : labels.numbers_across ? lines_of(f.x) : std::vector<double>()) {
    const std::string label = plot_number(value);
    canvas.line(f.column(value), f.top, f.column(value), f.bottom, kInkLight);
    canvas.text(f.column(value) - PlotCanvas::text_width(label) / 2, f.bottom + 6, label, kInkGrey);
  }
  canvas.line(f.left, f.top, f.left, f.bottom, kInkGrey);
  canvas.line(f.left, f.bottom, f.right, f.bottom, kInkGrey);
  const double across = PlotCanvas::text_width(labels.across, 1.2), up = PlotCanvas::text_width(labels.up, 1.2);
  canvas.text((f.left + f.right - across) / 2, f.bottom + 22, labels.across, kInkBlack, 1.2);
  canvas.text_up(8, (f.top + f.bottom + up) / 2, labels.up, kInkBlack, 1.2);
}

void draw_plot_key(PlotCanvas& canvas, const PlotFrame& f, const std::vector<std::string>& names) {
  double widest = 0;
  for (const std::string& name : names) widest = std::max(widest, PlotCanvas::text_width(name, 1.2));
  const double left = f.right - widest - 34;
  canvas.box(left - 6, f.top + 4, f.right - 4, f.top + 10 + 16 * static_cast<double>(names.size()), kInkWhite, 0.85);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const double y = f.top + 14 + 16 * static_cast<double>(i);
    canvas.line(left, y, left + 18, y, series_ink(i), 3);
    canvas.text(left + 24, y - 5, names[i], kInkBlack, 1.2);
  }
}

}  // namespace betwixt
