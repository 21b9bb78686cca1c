// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "betwixt/tensor/tensor.h"

namespace betwixt {

/// Reorders the axes: axis i of the result is axis `perm[i]` of `x`. `perm` names every axis once (negative counts from
/// the end), else E_SHAPE. Any element type. Free when only axes of size 1 move.
Tensor transpose(const Tensor& x, const std::vector<int>& perm);

}  // namespace betwixt
