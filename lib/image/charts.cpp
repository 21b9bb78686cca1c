// SPDX-License-Identifier: MIT
#include "betwixt/image/charts.h"

#include <algorithm>
#include <cmath>

#include "betwixt/core/error.h"
#include "betwixt/image/plot_frame.h"

namespace betwixt {
namespace {

std::vector<std::string> names_of(const std::vector<ChartSeries>& series) {
  std::vector<std::string> names;
  for (const ChartSeries& s : series) names.push_back(s.name);
  return names;
}

/// Bars of one group, side by side from `left` on.
void draw_group(PlotCanvas& canvas, const PlotFrame& f, const std::vector<ChartSeries>& series, std::size_t group,
                double left, double width) {
  for (std::size_t n = 0; n < series.size(); ++n) {
    const double value = series[n].values[group], x = left + width * static_cast<double>(n);
    if (!std::isfinite(value)) continue;
    canvas.box(x + 1, f.row(std::max(value, 0.0)), x + width - 1, f.row(std::min(value, 0.0)), series_ink(n));
    const std::string label = plot_number(value);
    canvas.text(x + (width - PlotCanvas::text_width(label)) / 2, f.row(std::max(value, 0.0)) - 10, label);
  }
}

/// The values of bars from 0 on, with room for their labels.
PlotRange heights_of(const std::vector<ChartSeries>& series) {
  PlotRange range;
  range.take(0);
  for (const ChartSeries& s : series)
    for (const double value : s.values) range.take(value);
  range.widen(0.08);
  if (range.low < 0) range.low = std::min(0.0, range.low + 0.08 / 1.16 * (range.high - range.low));
  return range;
}

}  // namespace

Images plot_curves(const std::vector<ChartSeries>& series, const CurvesOptions& options) {
  PlotCanvas canvas(760, 420);
  PlotFrame f{.left = 70, .top = 40, .right = 744, .bottom = 374};
  const auto height = [&](double value) { return options.logarithmic ? std::log10(std::max(value, 1e-12)) : value; };
  std::size_t longest = 1;
  for (const ChartSeries& s : series) {
    longest = std::max(longest, s.values.size());
    for (const double value : s.values)
      if (std::isfinite(value)) f.y.take(height(value));
  }
  const double last = options.last > 0 ? options.last : static_cast<double>(longest);
  f.x.take(0);
  f.x.take(last);
  f.x.widen(0);
  f.y.widen(0.05);
  draw_plot_frame(canvas, f, {options.title, options.across, options.up, options.logarithmic});
  for (std::size_t n = 0; n < series.size(); ++n) {
    const auto& values = series[n].values;
    const auto across = [&](std::size_t i) {
      return last * static_cast<double>(i + 1) / static_cast<double>(values.size());
    };
    for (std::size_t i = 1; i < values.size(); ++i)
      if (std::isfinite(values[i - 1]) && std::isfinite(values[i]))
        canvas.line(f.column(across(i - 1)), f.row(height(values[i - 1])), f.column(across(i)),
                    f.row(height(values[i])), series_ink(n), 2);
  }
  if (series.size() > 1) draw_plot_key(canvas, f, names_of(series));
  return canvas.picture();
}

Images plot_bars(const std::vector<std::string>& groups, const std::vector<ChartSeries>& series,
                 const std::string& title) {
  for (const ChartSeries& s : series)
    if (s.values.size() != groups.size())
      throw Error(ErrorCode::kShape, "plot_bars", "%zu values for %zu groups", s.values.size(), groups.size());
  PlotCanvas canvas(760, 360);
  PlotFrame f{.left = 70, .top = 40, .right = 744, .bottom = 320, .x = {0, 1}, .y = heights_of(series)};
  draw_plot_frame(canvas, f, {.title = title, .across = {}, .up = {}, .numbers_across = false});
  const double group_width = (f.right - f.left) / static_cast<double>(groups.size());
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const double left = f.left + group_width * (static_cast<double>(g) + 0.1);
    draw_group(canvas, f, series, g, left, 0.8 * group_width / static_cast<double>(series.size()));
    const double label = PlotCanvas::text_width(groups[g], 1.2);
    canvas.text(left + (0.8 * group_width - label) / 2, f.bottom + 8, groups[g], kInkBlack, 1.2);
  }
  if (series.size() > 1) draw_plot_key(canvas, f, names_of(series));
  return canvas.picture();
}

}  // namespace betwixt
