// SPDX-License-Identifier: MIT
#include "betwixt/ops/broadcast_to.h"

#include "betwixt/core/error.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/reshape.h"
#include "betwixt/tensor/cpu_kernel.h"
#include "betwixt/tensor/op.h"

namespace betwixt {

BETWIXT_CPU_KERNEL(broadcast_to_cpu)
void broadcast_to_gpu(GpuCall& call);

namespace {

std::vector<TensorType> broadcast_to_shape(const Node& node) {
  const Shape& from = node.input_shape(0);
  const Shape& to = node.options<Shape>();
  const DType dtype = node.input_type(0).dtype;
  if (dtype == DType::kF16) throw Error(ErrorCode::kDtype, "broadcast_to", "cast %s first", dtype_name(dtype));
  bool fits = from.rank() <= to.rank();
  for (int i = 1; fits && i <= from.rank(); ++i) fits = from[-i] == 1 || from[-i] == to[-i];
  if (!fits)
    throw Error(ErrorCode::kShape, "broadcast_to", "%s does not repeat to %s", from.text().c_str(), to.text().c_str());
  return {{to, dtype}};
}

std::vector<Tensor> broadcast_to_gradient(const GradientCall& call) {
  return {sum_to(call.output_gradient(), call.node.input_shape(0))};
}

const Op broadcast_to_op{.name = "broadcast_to",
                         .shape = broadcast_to_shape,
                         .cpu = broadcast_to_cpu,
                         .gpu = broadcast_to_gpu,
                         .half = HalfOperands::elementwise(1),
                         .gradient = broadcast_to_gradient};

/// Repeats `x`, seen as [outer, 1, inner], to [outer, times, inner] and gives the result the size `times` times as
/// large along `axis`.
Tensor repeated(const Tensor& x, int axis, int split, std::int64_t times) {
  if (times < 0) throw Error(ErrorCode::kShape, "repeat", "%lld times", static_cast<long long>(times));
  const Shape& shape = x.shape();
  const std::int64_t outer = shape.product(0, split);
  const std::int64_t inner = shape.product(split, shape.rank());
  const Tensor rows = broadcast_to(reshape(x, Shape{outer, 1, inner}), Shape{outer, times, inner});
  return reshape(rows, shape.with(axis, shape[axis] * times));
}

}  // namespace

Tensor broadcast_to(const Tensor& x, const Shape& shape) {
  if (x.defined() && x.shape() == shape) return x;
  return apply(broadcast_to_op, {x}, shape);
}

Tensor tile(const Tensor& x, int axis, std::int64_t times) {
  const int at = x.shape().axis(axis);
  return repeated(x, at, at, times);
}

Tensor repeat(const Tensor& x, int axis, std::int64_t times) {
  const int at = x.shape().axis(axis);
  return repeated(x, at, at + 1, times);
}

}  // namespace betwixt
