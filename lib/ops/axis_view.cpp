// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/axis_view.h"

namespace betwixt {

AxisView::AxisView(const Shape& shape, int axis)
    : outer(shape.product(0, axis)), size(shape[axis]), inner(shape.product(axis + 1, shape.rank())) {}

std::int64_t AxisView::run() const { return size * inner; }

}  // namespace betwixt
