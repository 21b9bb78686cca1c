// SPDX-License-Identifier: MIT
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "betwixt/image/plot_canvas.h"

namespace betwixt {

// What plots have in common: ranges of values, axes and keys.

/// The range of some values.
struct PlotRange {
  double low = std::numeric_limits<double>::infinity();    ///< the least; above `high` before the first value
  double high = -std::numeric_limits<double>::infinity();  ///< the greatest

  /// Grows to hold the value; those that are not finite, or beyond 10^150, are passed over.
  void take(double value);
  /// Grows by a share of itself at both ends; an empty range becomes 0 to 1, one without length gets some.
  void widen(double share);
  /// Where a value is: 0 at `low`, 1 at `high`.
  double place(double value) const { return (value - low) / (high - low); }
};

/// The frame of a plot: where values become pixels.
struct PlotFrame {
  double left = 0;    ///< pixels
  double top = 0;     ///< pixels
  double right = 0;   ///< pixels
  double bottom = 0;  ///< pixels
  PlotRange x = {};   ///< of the values across
  PlotRange y = {};   ///< of the values up

  double column(double value) const { return left + x.place(value) * (right - left); }  ///< pixel of a value across
  double row(double value) const { return bottom - y.place(value) * (bottom - top); }   ///< pixel of a value up
};

/// What a frame shows beside its plot.
struct PlotFrameLabels {
  std::string title;           ///< above
  std::string across;          ///< below
  std::string up;              ///< on the left, reading upwards
  bool logarithmic = false;    ///< values up are powers of 10
  bool numbers_across = true;  ///< lines and numbers below
};

/// Title, axes, about five lines with numbers each way, and the names of the axes.
void draw_plot_frame(PlotCanvas& canvas, const PlotFrame& frame, const PlotFrameLabels& labels);

/// Names of series with their colours, from the top right corner down.
void draw_plot_key(PlotCanvas& canvas, const PlotFrame& frame, const std::vector<std::string>& names);

/// Three digits, as on axes.
std::string plot_number(double value);

}  // namespace betwixt
