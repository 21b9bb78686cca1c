// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/tensor/tensor.h"

namespace betwixt {

/// What `top_k` found.
struct TopK {
  Tensor values;   ///< [..., k], largest first
  Tensor indices;  ///< [..., k], i32; of equal values the lower index comes first
};

/// The k largest elements of each row (the last axis), found without sorting by k insertions at most per element: for
/// small k. 1 <= k <= the row's length and k <= 128, else E_SHAPE. f32 or f64; the gradient goes to the elements
/// chosen. With NaN in a row its result is unspecified.
TopK top_k(const Tensor& x, std::int64_t k);

}  // namespace betwixt
