// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/tensor/tensor.h"

namespace betwixt {

/// Repeats `x` to `shape` as NumPy's broadcast_to does: shapes are aligned at the innermost axis, axes of size 1
/// repeat. Any element type but f16. E_SHAPE when it does not fit. The gradient sums over what was repeated.
Tensor broadcast_to(const Tensor& x, const Shape& shape);

/// `times` copies of `x` side by side along `axis`: [a b] -> [a b a b].
Tensor tile(const Tensor& x, int axis, std::int64_t times);
/// Every element along `axis` `times` times: [a b] -> [a a b b].
Tensor repeat(const Tensor& x, int axis, std::int64_t times);

}  // namespace betwixt
