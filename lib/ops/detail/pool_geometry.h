// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/ops/pool.h"

namespace betwixt {

/// Options of a pooling node with everything resolved: strides set, sizes of the pooled picture and of the picture.
struct PoolGeometry {
  PoolOptions options;
  Shape picture;  ///< [n,h,w,c]
  Shape pooled;   ///< [n,oh,ow,c]

  /// Whether both have the same windows.
  friend bool operator==(const PoolGeometry& a, const PoolGeometry& b) {
    return a.options.kernel == b.options.kernel && a.options.stride == b.options.stride &&
           a.options.padding == b.options.padding && a.picture == b.picture && a.pooled == b.pooled;
  }
};

/// Taps of a window that a byte can tell apart.
constexpr std::int64_t kMostPlaces = 256;

/// Whether a byte can hold which tap of a window is the largest.
inline bool has_places(const PoolGeometry& geometry) {
  return std::int64_t{geometry.options.kernel[0]} * geometry.options.kernel[1] <= kMostPlaces;
}

}  // namespace betwixt
