// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/tensor/tensor.h"

namespace betwixt {

/// `size` elements along `axis` (negative counts from the end) from `begin` on. Any element type. E_SHAPE when the
/// range leaves the axis. Free when the part is contiguous and starts on a multiple of 16 bytes. The gradient is the
/// part among zeros.
Tensor slice(const Tensor& x, int axis, std::int64_t begin, std::int64_t size);

/// Reverses the order along `axis`. Any element type.
Tensor flip(const Tensor& x, int axis);

}  // namespace betwixt
