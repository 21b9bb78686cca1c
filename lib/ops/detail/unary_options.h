// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/core/dtype.h"

namespace betwixt {

/// Parameters of leaky_relu (slope), affine (scale, shift) and clamp (low, high).
struct UnaryOptions {
  double a = 0;
  double b = 0;
};

struct CastOptions {
  DType dtype = DType::kF32;
};

}  // namespace betwixt
