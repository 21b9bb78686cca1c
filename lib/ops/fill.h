// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <vector>

#include "betwixt/tensor/tensor.h"

namespace betwixt {

/// A tensor of one value everywhere, computed once when a program is compiled. Any element type but f16.
Tensor fill(double value, const Shape& shape, DType dtype = DType::kF32);
Tensor zeros(const Shape& shape, DType dtype = DType::kF32);
/// Zeros / ones of the shape and type of `like`.
Tensor zeros_like(const Tensor& like);
Tensor ones_like(const Tensor& like);

/// A tensor with these values, row by row, kept inside the program (for small tables and kernels). `values` are
/// converted to `dtype`. E_SHAPE when their number differs from the shape's.
Tensor constant(std::span<const double> values, const Shape& shape, DType dtype = DType::kF32);
inline Tensor constant(const std::vector<double>& values, const Shape& shape, DType dtype = DType::kF32) {
  return constant(std::span<const double>(values), shape, dtype);
}

}  // namespace betwixt
