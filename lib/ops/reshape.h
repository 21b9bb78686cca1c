// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/tensor/tensor.h"

namespace betwixt {

/// The same elements in row-major order under another shape. Free: the result is the input's memory.
/// E_SHAPE when the number of elements differs.
Tensor reshape(const Tensor& x, const Shape& shape);

/// True when `x` is another tensor's reshape.
bool is_reshape(const Tensor& x);

/// As a row of elements: [elements].
Tensor flatten(const Tensor& x);
/// Inserts an axis of size 1 before `axis` (negative counts from the end of the result).
Tensor expand_dims(const Tensor& x, int axis);

}  // namespace betwixt
