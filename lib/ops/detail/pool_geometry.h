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

}  // namespace betwixt
