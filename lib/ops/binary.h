// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/tensor/tensor.h"

namespace betwixt {

// Elementwise functions of two tensors of one element type, broadcast as NumPy does: shapes are aligned at the
// innermost axis, an axis of size 1 repeats. Integer types take part in add, sub, mul, minimum, maximum and the
// comparisons. Differentiable in both inputs unless said otherwise.

Tensor add(const Tensor& a, const Tensor& b);
Tensor sub(const Tensor& a, const Tensor& b);
Tensor mul(const Tensor& a, const Tensor& b);
Tensor div(const Tensor& a, const Tensor& b);
/// Where both are equal the gradient goes to `a`.
Tensor minimum(const Tensor& a, const Tensor& b);
Tensor maximum(const Tensor& a, const Tensor& b);
/// a raised to b, for a > 0.
Tensor pow(const Tensor& a, const Tensor& b);

/// Comparisons give 0 or 1 in the inputs' element type; no gradient flows through them.
Tensor equal(const Tensor& a, const Tensor& b);
Tensor less(const Tensor& a, const Tensor& b);
Tensor less_equal(const Tensor& a, const Tensor& b);

/// mask * a + (1 - mask) * b without reading the side not chosen into the result: mask != 0 chooses a. All three of
/// one element type, broadcast together. No gradient to the mask.
Tensor where(const Tensor& mask, const Tensor& a, const Tensor& b);

inline Tensor operator+(const Tensor& a, const Tensor& b) { return add(a, b); }
inline Tensor operator-(const Tensor& a, const Tensor& b) { return sub(a, b); }
inline Tensor operator*(const Tensor& a, const Tensor& b) { return mul(a, b); }
inline Tensor operator/(const Tensor& a, const Tensor& b) { return div(a, b); }
Tensor operator+(const Tensor& a, double b);
Tensor operator+(double a, const Tensor& b);
Tensor operator-(const Tensor& a, double b);
Tensor operator-(double a, const Tensor& b);
Tensor operator*(const Tensor& a, double b);
Tensor operator*(double a, const Tensor& b);
Tensor operator/(const Tensor& a, double b);
Tensor operator/(double a, const Tensor& b);
Tensor operator-(const Tensor& a);

/// The shape both broadcast to; E_SHAPE, naming `operation`, when they do not fit.
Shape broadcast_shape(const char* operation, const Shape& a, const Shape& b);
/// Sums `x` over the axes that broadcasting from `shape` repeated: the gradient of broadcasting.
Tensor sum_to(const Tensor& x, const Shape& shape);

}  // namespace betwixt
