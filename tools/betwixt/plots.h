// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "betwixt/image/images.h"
#include "betwixt/interp/neighbour_graph.h"

namespace betwixt::cli {

/// Codes as points of a plane: as they are in 1-D and 2-D, otherwise their two principal components.
class Plane {
 public:
  explicit Plane(const Codes& codes);
  struct Point {
    double x = 0, y = 0;
  };
  Point at(std::span<const float> code) const;
  /// "code 1", or "component 1 (63 %)" with the share of the variance.
  const std::string& axis(int i) const { return names_[i]; }

 private:
  std::vector<double> mean_;
  std::vector<double> directions_[2];
  std::string names_[2];
};

struct NamedPath {
  std::string name;
  Codes points;
};

struct CodesPlot {
  std::string title = "codes of the pictures";
  std::vector<double> values;  ///< per code, what colours it; empty: its place in the order
  std::string value_name = "order";
  const NeighbourGraph* graph = nullptr;
  std::vector<NamedPath> paths;
  const Images* pictures = nullptr;  ///< a few are shown where they lie
  int size = 760;
};
Images plot_codes(const Codes& codes, const CodesPlot& options);

struct Series {
  std::string name;
  std::vector<double> values;
};
struct CurvesPlot {
  std::string title, across, up;
  double last = 0;  ///< what the last value stands for on the axis across; 0: their number
  bool logarithmic = false;
};
Images plot_curves(const std::vector<Series>& series, const CurvesPlot& options);

/// Groups of bars, one group per name of `groups`; every series has one value per group. Not finite values are left
/// out.
Images plot_bars(const std::vector<std::string>& groups, const std::vector<Series>& series, const std::string& title);

}  // namespace betwixt::cli
