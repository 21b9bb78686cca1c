// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "betwixt/image/images.h"
#include "betwixt/interp/neighbour_graph.h"

namespace betwixt {

/// A point of a plane.
struct PlanePoint {
  double x = 0;  ///< across
  double y = 0;  ///< up
};

/// Codes as points of a plane: as they are in 1-D and 2-D, otherwise their two principal components.
class CodesPlane {
 public:
  /// Finds the components by power iteration.
  explicit CodesPlane(const Codes& codes);
  /// Where a code of the same dimensions is.
  PlanePoint at(std::span<const float> code) const;
  /// Name of axis 0 or 1: "code 1", or "component 1 (63 %)" with the share of the variance.
  const std::string& axis(int i) const { return names_[i]; }

 private:
  std::vector<double> mean_;
  std::vector<double> directions_[2];
  std::string names_[2];
};

/// A path drawn over codes.
struct NamedPath {
  std::string name;  ///< for the key
  Codes points;      ///< in order
};

/// What a plot of codes shows.
struct CodesPlot {
  std::string title = "codes of the pictures";  ///< above, followed by what colours them
  std::vector<double> values = {};              ///< per code, what colours it; empty: its place in the order
  std::string value_name = "order";             ///< what those values are
  const NeighbourGraph* graph = nullptr;        ///< its links are drawn; null: none
  std::vector<NamedPath> paths = {};            ///< drawn over it
  const Images* pictures = nullptr;             ///< of the codes: a few are shown where they lie; null: none
  int size = 760;                               ///< pixels of a side, 200 at least
};

/// Draws codes, with graph and paths where there are any: one RGB picture of `size` x `size`.
/// Errors: E_ARGUMENT for no codes or a size below 200, E_SHAPE for values, paths or pictures that do not fit the
/// codes.
Images plot_codes(const Codes& codes, const CodesPlot& options = {});

}  // namespace betwixt
