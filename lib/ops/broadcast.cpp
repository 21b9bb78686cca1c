// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/broadcast.h"

#include "betwixt/core/error.h"
#include "betwixt/ops/binary.h"

namespace betwixt {

Shape broadcast_shape(const char* operation, const Shape& a, const Shape& b) {
  const int rank = a.rank() > b.rank() ? a.rank() : b.rank();
  std::int64_t sizes[Shape::kMaxRank] = {};
  for (int i = 1; i <= rank; ++i) {
    const std::int64_t from_a = i <= a.rank() ? a[-i] : 1;
    const std::int64_t from_b = i <= b.rank() ? b[-i] : 1;
    if (from_a != from_b && from_a != 1 && from_b != 1)
      throw Error(ErrorCode::kShape, operation, "%s and %s do not broadcast", a.text().c_str(), b.text().c_str());
    sizes[rank - i] = from_a == 1 ? from_b : from_a;
  }
  return Shape(sizes, rank);
}

namespace {

/// Stride of `shape` along axis `axis` of a result of rank `rank`; 0 where it repeats.
std::int64_t stride_of(const Shape& shape, int axis, int rank) {
  const int own = axis - (rank - shape.rank());
  if (own < 0 || shape[own] == 1) return 0;
  return shape.product(own + 1, shape.rank());
}

}  // namespace

BroadcastLoop broadcast_loop(const Shape& result, const Shape* const* operands, int count) {
  BroadcastLoop loop;
  for (int axis = 0; axis < result.rank(); ++axis) {
    if (result[axis] == 1) continue;
    std::int64_t strides[BroadcastLoop::kMaxOperands] = {};
    bool merges = loop.rank > 0;
    for (int k = 0; k < count; ++k) {
      strides[k] = stride_of(*operands[k], axis, result.rank());
      merges = merges && loop.stride[k][loop.rank - 1] == strides[k] * result[axis];
    }
    const int at = merges ? loop.rank - 1 : loop.rank++;
    loop.size[at] = (merges ? loop.size[at] : 1) * result[axis];
    for (int k = 0; k < count; ++k) loop.stride[k][at] = strides[k];
  }
  if (loop.rank == 0) {
    loop.rank = 1;
    loop.size[0] = result.elements();
  }
  return loop;
}

}  // namespace betwixt
