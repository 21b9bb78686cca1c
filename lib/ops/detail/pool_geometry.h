// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/ops/pool.h"

namespace betwixt {

/// Options of a pooling node with everything resolved: strides set, sizes of the pooled picture and of the picture.
struct PoolGeometry {
  PoolOptions options;
  Shape picture;  ///< [n,h,w,c]
  Shape pooled;   ///< [n,oh,ow,c]
};

/// Taps of a window that a byte can tell apart.
constexpr std::int64_t kMostPlaces = 256;

/// Whether max_pool notes which tap of a window is the largest: its output 1, u8 of the pooled shape. CPU only; shaders
/// look for it again.
inline bool has_places(const PoolGeometry& geometry) {
  return std::int64_t{geometry.options.kernel[0]} * geometry.options.kernel[1] <= kMostPlaces;
}

}  // namespace betwixt
