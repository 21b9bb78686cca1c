// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include "betwixt/metrics/grid_path.h"

namespace betwixt {

/// The measures M1 to M4 of factor_measures.h for a way of getting from picture to picture of a set whose pictures lie
/// on a grid of two factors. Alphas are as many as there are true pictures on the way.
struct GridFactorScores {
  double m1_peak = 0;              ///< M1: largest mean squared error over alpha, channels from 0 to 1
  double m2 = 0;                   ///< M2: mean of that error over the in-betweens
  double m3_error = 0;             ///< M3: mean |median alpha - alpha|
  double m3_range = 0;             ///< M3: mean inter-quartile range of alpha
  double m4_deviation = 0;         ///< M4: largest distance from even motion, as a share of the interval
  std::int64_t m4_violations = 0;  ///< M4: steps by more than one column in the wrong direction
};

/// Makes `frames` pictures that lead from picture `from` of the set to picture `to`, both included.
using GridWalk = std::function<Images(std::int64_t from, std::int64_t to, int frames)>;

/// Scores of a walk over intervals along the columns, up to eight starts on up to eight rows, all evenly spaced.
///   width  columns from start to end of an interval, 2 to columns - 1; 0: a quarter of the columns, 2 at least
/// Errors: E_SHAPE when the grid has not as many places as the set pictures, E_ARGUMENT for an impossible width,
/// E_SHAPE for a walk with another number or size of frames.
GridFactorScores grid_factor_scores(const Images& set, const FactorGrid& grid, std::int64_t width,
                                    const GridWalk& walk);

}  // namespace betwixt
