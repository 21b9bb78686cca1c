// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "betwixt/image/images.h"

namespace betwixt {

/// Numbers under a name.
struct ChartSeries {
  std::string name;            ///< for the key
  std::vector<double> values;  ///< those that are not finite are left out
};

/// What a chart of curves says.
struct CurvesOptions {
  std::string title;         ///< above
  std::string across;        ///< below
  std::string up;            ///< on the left
  double last = 0;           ///< what the last value stands for on the axis across; 0: their number
  bool logarithmic = false;  ///< values below 10^-12 count as that
};

/// Curves over even steps, one colour per series: one RGB picture of 760 x 420.
Images plot_curves(const std::vector<ChartSeries>& series, const CurvesOptions& options);

/// Groups of bars, one group per name of `groups`: one RGB picture of 760 x 360. Every series has a value per group;
/// E_SHAPE otherwise.
Images plot_bars(const std::vector<std::string>& groups, const std::vector<ChartSeries>& series,
                 const std::string& title);

}  // namespace betwixt
