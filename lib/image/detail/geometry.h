// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>

#include "betwixt/image/masks.h"

namespace betwixt::detail {

/// Distance of `p` to the straight line from `a` to `b`.
inline double distance_to_segment(Point p, Point a, Point b) {
  const double dx = b.x - a.x;
  const double dy = b.y - a.y;
  const double length = dx * dx + dy * dy;
  const double along = length > 0 ? ((p.x - a.x) * dx + (p.y - a.y) * dy) / length : 0;
  const double t = std::clamp(along, 0.0, 1.0);
  return std::hypot(p.x - a.x - t * dx, p.y - a.y - t * dy);
}

/// Pixels [begin, end) of an axis of `size` that lie between two places.
struct PixelSpan {
  int begin, end;
  PixelSpan(double low, double high, int size)
      : begin(static_cast<int>(std::clamp(std::floor(low), 0.0, static_cast<double>(size)))),
        end(static_cast<int>(std::clamp(std::ceil(high) + 1, 0.0, static_cast<double>(size)))) {}
};

}  // namespace betwixt::detail
