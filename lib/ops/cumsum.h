// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/tensor/tensor.h"

namespace betwixt {

/// Which elements a running sum holds.
struct CumsumOptions {
  bool exclusive = false;  ///< element i is the sum of those before it, without itself
  bool reverse = false;    ///< sums from the end
};

/// Running sums along `axis` (negative counts from the end); f32 (summed in f64 on the CPU) or f64. Discounted returns,
/// prefix tables, cumulative distributions.
Tensor cumsum(const Tensor& x, int axis, CumsumOptions options = {});

}  // namespace betwixt
