// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "betwixt/image/images.h"

namespace betwixt {

/// "interpolationMSE" (Yadlin and Botchan): mean over frames of the smallest mean squared difference to any picture of
/// the set, in units of 0-255. A sequence of set pictures scores 0, so look at step_uniformity beside it.
double imse(const Images& frames, const Images& set);

/// The same as the published notebook computed it, for comparison with published figures only: differences and squares
/// of bytes wrap modulo 256 (a = 10, b = 250: difference 16, square 0).
double imse_u8wrap(const Images& frames, const Images& set);

/// Largest over mean distance (L2 of all values) between consecutive frames: 1 is even motion. 1 for a sequence that
/// does not move. E_ARGUMENT for fewer than two frames.
double step_uniformity(const Images& frames);
/// The same for rows of `width` numbers.
double step_uniformity(std::span<const float> frames, std::int64_t width);

/// Mean squared difference of the first frame from `first` and the last frame from `last`, in units of 0-1:
/// pictures `from` and `to` of the set.
struct BoundaryError {
  double start = 0;  ///< of the first frame
  double end = 0;    ///< of the last frame
};
BoundaryError boundary_error(const Images& frames, const Images& set, std::int64_t from, std::int64_t to);

/// "Perfect path": smallest, over the true sequences given, of the mean over frames of the mean squared difference, in
/// units of 0-255. Every sequence needs as many frames as `frames`: E_SHAPE otherwise, E_MISSING for none.
struct PerfectPath {
  double score = 0;           ///< 0 for frames that are one of the sequences
  std::int64_t sequence = 0;  ///< the one that came closest
};
PerfectPath perfect_path(const Images& frames, std::span<const Images> sequences);

}  // namespace betwixt
