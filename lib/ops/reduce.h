// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "betwixt/tensor/tensor.h"

namespace betwixt {

// Reductions over a set of axes. `axes` may be in any order and count from the end (-1 is the innermost); empty means
// all axes. `keep` leaves the reduced axes in the shape with size 1, otherwise they vanish. An axis named twice or
// outside the rank is E_SHAPE. Element types: f32, f64, i32, u32.
//
// Sums are made of fixed partial sums in a fixed order that depends on the shape only, so they have the same bits for
// any number of threads, and their error grows with the logarithm of the number of terms.

/// Sum. The sum over no elements is 0.
Tensor sum(const Tensor& x, const std::vector<int>& axes = {}, bool keep = false);
/// Sum divided by the number of elements; float types only. E_SHAPE when there are none.
Tensor mean(const Tensor& x, const std::vector<int>& axes = {}, bool keep = false);

/// Largest / smallest element. The gradient goes to the first extremum in row-major order. E_SHAPE when a reduced axis
/// is empty. With NaN among the elements the result is unspecified.
Tensor max(const Tensor& x, const std::vector<int>& axes = {}, bool keep = false);
Tensor min(const Tensor& x, const std::vector<int>& axes = {}, bool keep = false);

/// Index (i32) of the first largest / smallest element along `axis`, which vanishes from the shape. No gradient.
Tensor argmax(const Tensor& x, int axis);
Tensor argmin(const Tensor& x, int axis);

/// 1 at the first element equal to `value` along the reduced axes, 0 elsewhere; `value` has the reduced axes with
/// size 1. Where the gradient of max and min goes. No gradient of its own.
Tensor first_equal(const Tensor& x, const Tensor& value);

}  // namespace betwixt
