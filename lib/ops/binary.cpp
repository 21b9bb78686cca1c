// SPDX-License-Identifier: MIT
#include "betwixt/ops/binary.h"

#include "betwixt/core/error.h"
#include "betwixt/ops/detail/binary_gpu.h"
#include "betwixt/ops/detail/elementwise_chain.h"
#include "betwixt/ops/fill.h"
#include "betwixt/ops/reduce.h"
#include "betwixt/ops/reshape.h"
#include "betwixt/ops/unary.h"
#include "betwixt/tensor/cpu_kernel.h"
#include "betwixt/tensor/op.h"

namespace betwixt {

BETWIXT_CPU_KERNEL(add_cpu)
BETWIXT_CPU_KERNEL(sub_cpu)
BETWIXT_CPU_KERNEL(mul_cpu)
BETWIXT_CPU_KERNEL(div_cpu)
BETWIXT_CPU_KERNEL(minimum_cpu)
BETWIXT_CPU_KERNEL(maximum_cpu)
BETWIXT_CPU_KERNEL(pow_cpu)
BETWIXT_CPU_KERNEL(equal_cpu)
BETWIXT_CPU_KERNEL(less_cpu)
BETWIXT_CPU_KERNEL(less_equal_cpu)
BETWIXT_CPU_KERNEL(where_cpu)

namespace {

void check_types(const Node& node, bool floats_only) {
  const char* name = node.op->name;
  const DType type = node.input_type(0).dtype;
  for (int i = 1; i < node.input_count(); ++i)
    if (node.input_type(i).dtype != type)
      throw Error(ErrorCode::kDtype, name, "%s and %s do not mix", dtype_name(type),
                  dtype_name(node.input_type(i).dtype));
  if (type == DType::kF16 || type == DType::kU8)
    throw Error(ErrorCode::kDtype, name, "cast %s first", dtype_name(type));
  if (floats_only && !is_float(type)) throw Error(ErrorCode::kDtype, name, "%s is not a float type", dtype_name(type));
}

std::vector<TensorType> binary_shape(const Node& node) {
  check_types(node, false);
  return {{broadcast_shape(node.op->name, node.input_shape(0), node.input_shape(1)), node.input_type(0).dtype}};
}

std::vector<TensorType> float_shape(const Node& node) {
  check_types(node, true);
  return binary_shape(node);
}

std::vector<TensorType> where_shape(const Node& node) {
  check_types(node, false);
  const Shape sides = broadcast_shape("where", node.input_shape(1), node.input_shape(2));
  return {{broadcast_shape("where", node.input_shape(0), sides), node.input_type(0).dtype}};
}

/// Element i of the result depends on element i of every input of full size.
std::uint32_t same_size_inputs(const Node& node, int) {
  std::uint32_t mask = 0;
  for (int i = 0; i < node.input_count(); ++i)
    if (node.input_shape(i) == node.output_shape()) mask |= 1u << i;
  return mask;
}

Tensor back(const GradientCall& call, int input, const Tensor& gradient) {
  return call.needs(input) ? sum_to(gradient, call.input(input).shape()) : Tensor();
}

std::vector<Tensor> add_gradient(const GradientCall& call) {
  const Tensor& g = call.output_gradient();
  return {back(call, 0, g), back(call, 1, g)};
}

std::vector<Tensor> sub_gradient(const GradientCall& call) {
  const Tensor& g = call.output_gradient();
  return {back(call, 0, g), call.needs(1) ? back(call, 1, neg(g)) : Tensor()};
}

std::vector<Tensor> mul_gradient(const GradientCall& call) {
  const Tensor& g = call.output_gradient();
  return {call.needs(0) ? back(call, 0, g * call.input(1)) : Tensor(),
          call.needs(1) ? back(call, 1, g * call.input(0)) : Tensor()};
}

std::vector<Tensor> div_gradient(const GradientCall& call) {
  const Tensor ratio = call.output_gradient() / call.input(1);
  return {back(call, 0, ratio), call.needs(1) ? back(call, 1, neg(ratio * call.result)) : Tensor()};
}

std::vector<Tensor> choice_gradient(const GradientCall& call, const Tensor& first_chosen) {
  const Tensor& g = call.output_gradient();
  return {call.needs(0) ? back(call, 0, g * first_chosen) : Tensor(),
          call.needs(1) ? back(call, 1, g * (1.0 - first_chosen)) : Tensor()};
}

std::vector<Tensor> minimum_gradient(const GradientCall& call) {
  return choice_gradient(call, less_equal(call.input(0), call.input(1)));
}

std::vector<Tensor> maximum_gradient(const GradientCall& call) {
  return choice_gradient(call, less_equal(call.input(1), call.input(0)));
}

std::vector<Tensor> pow_gradient(const GradientCall& call) {
  const Tensor& g = call.output_gradient();
  const Tensor& a = call.input(0);
  const Tensor& b = call.input(1);
  return {call.needs(0) ? back(call, 0, g * b * pow(a, b - 1.0)) : Tensor(),
          call.needs(1) ? back(call, 1, g * call.result * log(a)) : Tensor()};
}

std::vector<Tensor> where_gradient(const GradientCall& call) {
  const Tensor& g = call.output_gradient();
  const Tensor nothing = zeros(Shape{}, g.dtype());
  return {Tensor(), call.needs(1) ? back(call, 1, where(call.input(0), g, nothing)) : Tensor(),
          call.needs(2) ? back(call, 2, where(call.input(0), nothing, g)) : Tensor()};
}

const Op add_op{.name = "add",
                .shape = binary_shape,
                .cpu = add_cpu,
                .gpu = binary_gpu<BinaryFunction::kAdd>,
                .half = HalfOperands::elementwise(2),
                .gradient = add_gradient,
                .in_place = same_size_inputs,
                .fuse = detail::fuse_elementwise};
const Op sub_op{.name = "sub",
                .shape = binary_shape,
                .cpu = sub_cpu,
                .gpu = binary_gpu<BinaryFunction::kSub>,
                .half = HalfOperands::elementwise(2),
                .gradient = sub_gradient,
                .in_place = same_size_inputs,
                .fuse = detail::fuse_elementwise};
const Op mul_op{.name = "mul",
                .shape = binary_shape,
                .cpu = mul_cpu,
                .gpu = binary_gpu<BinaryFunction::kMul>,
                .half = HalfOperands::elementwise(2),
                .gradient = mul_gradient,
                .in_place = same_size_inputs,
                .fuse = detail::fuse_elementwise};
const Op div_op{.name = "div",
                .shape = float_shape,
                .cpu = div_cpu,
                .gpu = binary_gpu<BinaryFunction::kDiv>,
                .half = HalfOperands::elementwise(2),
                .gradient = div_gradient,
                .in_place = same_size_inputs,
                .fuse = detail::fuse_elementwise};
const Op minimum_op{.name = "minimum",
                    .shape = binary_shape,
                    .cpu = minimum_cpu,
                    .gpu = binary_gpu<BinaryFunction::kMinimum>,
                    .half = HalfOperands::elementwise(2),
                    .gradient = minimum_gradient,
                    .in_place = same_size_inputs,
                    .fuse = detail::fuse_elementwise};
const Op maximum_op{.name = "maximum",
                    .shape = binary_shape,
                    .cpu = maximum_cpu,
                    .gpu = binary_gpu<BinaryFunction::kMaximum>,
                    .half = HalfOperands::elementwise(2),
                    .gradient = maximum_gradient,
                    .in_place = same_size_inputs,
                    .fuse = detail::fuse_elementwise};
const Op pow_op{.name = "pow",
                .shape = float_shape,
                .cpu = pow_cpu,
                .gpu = binary_gpu<BinaryFunction::kPow>,
                .half = HalfOperands::elementwise(2),
                .gradient = pow_gradient,
                .in_place = same_size_inputs,
                .fuse = detail::fuse_elementwise};
const Op equal_op{.name = "equal",
                  .shape = binary_shape,
                  .cpu = equal_cpu,
                  .gpu = binary_gpu<BinaryFunction::kEqual>,
                  .half = HalfOperands::elementwise(2),
                  .gradient = zero_gradient,
                  .in_place = same_size_inputs,
                  .fuse = detail::fuse_elementwise};
const Op less_op{.name = "less",
                 .shape = binary_shape,
                 .cpu = less_cpu,
                 .gpu = binary_gpu<BinaryFunction::kLess>,
                 .half = HalfOperands::elementwise(2),
                 .gradient = zero_gradient,
                 .in_place = same_size_inputs,
                 .fuse = detail::fuse_elementwise};
const Op less_equal_op{.name = "less_equal",
                       .shape = binary_shape,
                       .cpu = less_equal_cpu,
                       .gpu = binary_gpu<BinaryFunction::kLessEqual>,
                       .half = HalfOperands::elementwise(2),
                       .gradient = zero_gradient,
                       .in_place = same_size_inputs,
                       .fuse = detail::fuse_elementwise};
const Op where_op{.name = "where",
                  .shape = where_shape,
                  .cpu = where_cpu,
                  .gpu = where_gpu,
                  .half = HalfOperands::elementwise(3),
                  .gradient = where_gradient,
                  .in_place = same_size_inputs,
                  .fuse = detail::fuse_elementwise};

}  // namespace

Tensor add(const Tensor& a, const Tensor& b) { return apply(add_op, {a, b}); }
Tensor sub(const Tensor& a, const Tensor& b) { return apply(sub_op, {a, b}); }
Tensor mul(const Tensor& a, const Tensor& b) { return apply(mul_op, {a, b}); }
Tensor div(const Tensor& a, const Tensor& b) { return apply(div_op, {a, b}); }
Tensor minimum(const Tensor& a, const Tensor& b) { return apply(minimum_op, {a, b}); }
Tensor maximum(const Tensor& a, const Tensor& b) { return apply(maximum_op, {a, b}); }
Tensor pow(const Tensor& a, const Tensor& b) { return apply(pow_op, {a, b}); }
Tensor equal(const Tensor& a, const Tensor& b) { return apply(equal_op, {a, b}); }
Tensor less(const Tensor& a, const Tensor& b) { return apply(less_op, {a, b}); }
Tensor less_equal(const Tensor& a, const Tensor& b) { return apply(less_equal_op, {a, b}); }
Tensor where(const Tensor& mask, const Tensor& a, const Tensor& b) { return apply(where_op, {mask, a, b}); }

Tensor operator+(const Tensor& a, double b) { return affine(a, 1, b); }
Tensor operator+(double a, const Tensor& b) { return affine(b, 1, a); }
Tensor operator-(const Tensor& a, double b) { return affine(a, 1, -b); }
Tensor operator-(double a, const Tensor& b) { return affine(b, -1, a); }
Tensor operator*(const Tensor& a, double b) { return affine(a, b, 0); }
Tensor operator*(double a, const Tensor& b) { return affine(b, a, 0); }
Tensor operator/(const Tensor& a, double b) { return affine(a, 1 / b, 0); }
Tensor operator/(double a, const Tensor& b) { return div(fill(a, Shape{}, b.dtype()), b); }
Tensor operator-(const Tensor& a) { return neg(a); }

Tensor sum_to(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  std::vector<int> axes;
  const int extra = x.shape().rank() - shape.rank();
  for (int i = 0; i < x.shape().rank(); ++i)
    if (i < extra || (shape[i - extra] == 1 && x.shape()[i] != 1)) axes.push_back(i);
  return reshape(axes.empty() ? x : sum(x, axes, true), shape);
}

}  // namespace betwixt
