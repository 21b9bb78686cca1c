// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "betwixt/interp/codes.h"

namespace betwixt {

/// A way through code space: straight lines between points. Decode `points` of a resampled path to get frames.
struct CodePath {
  Codes points;                     ///< at least one
  std::vector<std::int64_t> codes;  ///< per point the index of the code it is, -1 for points in between; may be empty

  /// Sum of the straight pieces.
  double length() const { return polyline_length(points); }

  /// `frames` points evenly spaced by arc length, ends included, so that every method's animation is equally long and
  /// moves at an even speed in code space. One frame is the start. A path without length repeats its point.
  /// E_ARGUMENT for frames < 1.
  CodePath resample(int frames) const;

  /// `n` evenly spaced points per edge, both ends included, shared points not repeated: (n - 1) * edges + 1 frames. The
  /// report's frames: n = 3 puts one new picture between neighbours. Arrival at a known code is kept in `codes`.
  /// E_ARGUMENT for n < 2.
  CodePath per_edge(int n) const;

  /// Each pass replaces every inner point by 1/4 of the one before, 1/2 of itself and 1/4 of the one after; the ends
  /// stay. Rounds the corners of a graph path; one or two passes are enough. E_ARGUMENT for passes < 0.
  CodePath smooth(int passes = 1) const;

  /// Continues straight beyond both ends, by fractions of the path's length: extended(0, 0.5) of a straight path runs
  /// to alpha = 1.5. The path keeps its points and gains one at each extended end. E_ARGUMENT for negative fractions.
  CodePath extend(double before, double after) const;
};

/// Frames (1 - alpha) a + alpha b, alpha = 0 ... 1 evenly.
CodePath straight_path(std::span<const float> a, std::span<const float> b, int frames = 2);
CodePath straight_path(const Codes& codes, std::int64_t from, std::int64_t to, int frames = 2);

/// Spherical interpolation (Shoemake 1985) at alpha in [0, 1] or beyond: [sin((1 - alpha) w) a + sin(alpha w) b] / sin
/// w with w the angle between a and b. Straight where sin w < 1e-6 or one of them is zero.
std::vector<float> slerp(std::span<const float> a, std::span<const float> b, double alpha);

/// Frames of slerp, alpha = 0 ... 1 evenly; the ends are exactly a and b.
CodePath spherical_path(std::span<const float> a, std::span<const float> b, int frames);
CodePath spherical_path(const Codes& codes, std::int64_t from, std::int64_t to, int frames);

/// A path from one code to another, whatever the method.
using PathBetween = std::function<CodePath(std::int64_t from, std::int64_t to)>;

/// A path through several key pictures in order, from pieces made by `between`; shared keys are not repeated.
/// One key is a path of one point only if `between(key, key)` is. E_ARGUMENT for no keys.
CodePath storyboard(std::span<const std::int64_t> keys, const PathBetween& between);

}  // namespace betwixt
