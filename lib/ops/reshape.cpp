// SPDX-License-Identifier: MIT
#include "betwixt/ops/reshape.h"

#include "betwixt/core/error.h"
#include "betwixt/tensor/op.h"

namespace betwixt {
namespace {

std::vector<TensorType> reshape_shape(const Node& node) {
  const Shape& shape = node.options<Shape>();
  if (shape.elements() != node.input_shape(0).elements())
    throw Error(ErrorCode::kShape, "reshape", "%s does not fit into %s", node.input_shape(0).text().c_str(),
                shape.text().c_str());
  return {{shape, node.input_type(0).dtype}};
}

std::vector<Tensor> reshape_gradient(const GradientCall& call) {
  return {reshape(call.output_gradient(), call.node.input_shape(0))};
}

std::int64_t whole(const Node&) { return 0; }

// Neither backend needs a kernel: the planner makes an alias of it, or copies.
const Op reshape_op{.name = "reshape", .shape = reshape_shape, .gradient = reshape_gradient, .alias = whole};

}  // namespace

Tensor reshape(const Tensor& x, const Shape& shape) {
  if (x.defined() && x.shape() == shape) return x;
  return apply(reshape_op, {x}, shape);
}

bool is_reshape(const Tensor& x) { return x.node().op == &reshape_op; }

Tensor flatten(const Tensor& x) { return reshape(x, Shape{x.shape().elements()}); }

Tensor expand_dims(const Tensor& x, int axis) {
  const int rank = x.shape().rank() + 1;
  if (axis < -rank || axis >= rank || rank > Shape::kMaxRank)
    throw Error(ErrorCode::kShape, "expand_dims", "axis %d for a rank %d tensor", axis, rank - 1);
  const int at = axis < 0 ? axis + rank : axis;
  std::int64_t sizes[Shape::kMaxRank] = {};
  for (int i = 0; i < rank; ++i) sizes[i] = i == at ? 1 : x.shape()[i < at ? i : i - 1];
  return reshape(x, Shape(sizes, rank));
}

}  // namespace betwixt
