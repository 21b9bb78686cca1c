// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/tensor/tensor.h"

namespace betwixt {

/// How the matrices are stored.
struct MatmulOptions {
  bool transpose_a = false;  ///< a is stored [.., k, m]
  bool transpose_b = false;  ///< b is stored [.., n, k]

  /// Option by option.
  friend bool operator==(const MatmulOptions&, const MatmulOptions&) = default;
};

/// Matrix product [m,k] x [k,n] -> [m,n], or of a batch of matrices [b,m,k] x [b,k,n] -> [b,m,n]. f32 and f64,
/// differentiable any number of times. E_SHAPE when the shapes do not fit or are empty, E_DTYPE.
Tensor matmul(const Tensor& a, const Tensor& b, const MatmulOptions& options = {});

}  // namespace betwixt
