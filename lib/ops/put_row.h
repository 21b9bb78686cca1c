// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/tensor/tensor.h"

namespace betwixt {

/// `table` with one row replaced: assign(ring, put_row(read(ring), step, loss)) keeps the last n losses, in the state's
/// own memory.
///   table [n, ...]   index [] or [1], i32 or u32, taken modulo n   row [...] or [1, ...]   ->   [n, ...]
/// Any element type, the same for table and row. Has no gradient: differentiating through it is refused.
Tensor put_row(const Tensor& table, const Tensor& index, const Tensor& row);

}  // namespace betwixt
