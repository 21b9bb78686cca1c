// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "betwixt/image/images.h"

namespace betwixt {

/// A set of pictures over a grid of two known factors: picture r * columns + c at row r, column c.
struct FactorGrid {
  std::int64_t rows = 0;      ///< values of the first factor
  std::int64_t columns = 0;   ///< values of the second factor
  bool rows_wrap = false;     ///< the last row is next to the first
  bool columns_wrap = false;  ///< the last column is next to the first
};

/// The perfect-path score, as Yadlin and Botchan propose it: smallest, over all admissible true sequences, of the mean
/// over frames of the mean squared difference, in units of 0-255. A true sequence is admissible when it starts at
/// picture `from`, ends at `to`, and no frame is more than `reach` rows or columns from the one before. Found exactly
/// (Viterbi 1967). Unlike imse, frames that look right but jump about score badly.
struct GridPath {
  double score = 0;                    ///< 0 for frames that are true pictures in an admissible order
  std::vector<std::int64_t> pictures;  ///< the sequence that came closest, one per frame
};

/// `reach` 0: one more than an even walk between the ends needs (at least 2), as good paths are not quite even.
/// Errors: E_SHAPE when the grid has not as many places as the set pictures, E_ARGUMENT for ends outside it, fewer than
/// two frames, or a reach too small to get there.
GridPath perfect_grid_path(const Images& frames, const Images& set, const FactorGrid& grid, std::int64_t from,
                           std::int64_t to, int reach = 0);

/// Evenness of motion in known factors, after the smoothness score of ACAI: over the positions on the grid of the
/// picture nearest to each frame, largest step / distance between the ends, minus 1 / (frames - 1). 0 is even, near 1
/// one jump; above 1 it jumps farther than the ends are apart. Infinite when both ends are one place and it moves.
double factor_smoothness(std::span<const std::int64_t> pictures, const FactorGrid& grid);

}  // namespace betwixt
