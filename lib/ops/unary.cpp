// SPDX-License-Identifier: MIT
#include "betwixt/ops/unary.h"

#include <cmath>

#include "betwixt/core/error.h"
#include "betwixt/ops/activation_grad.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/detail/elementwise_chain.h"
#include "betwixt/ops/detail/unary_gpu.h"
#include "betwixt/ops/detail/unary_options.h"
#include "betwixt/ops/fill.h"
#include "betwixt/tensor/cpu_kernel.h"
#include "betwixt/tensor/op.h"

namespace betwixt {

BETWIXT_CPU_KERNEL(neg_cpu)
BETWIXT_CPU_KERNEL(abs_cpu)
BETWIXT_CPU_KERNEL(sign_cpu)
BETWIXT_CPU_KERNEL(square_cpu)
BETWIXT_CPU_KERNEL(sqrt_cpu)
BETWIXT_CPU_KERNEL(rsqrt_cpu)
BETWIXT_CPU_KERNEL(reciprocal_cpu)
BETWIXT_CPU_KERNEL(exp_cpu)
BETWIXT_CPU_KERNEL(log_cpu)
BETWIXT_CPU_KERNEL(sin_cpu)
BETWIXT_CPU_KERNEL(cos_cpu)
BETWIXT_CPU_KERNEL(tanh_cpu)
BETWIXT_CPU_KERNEL(sigmoid_cpu)
BETWIXT_CPU_KERNEL(softplus_cpu)
BETWIXT_CPU_KERNEL(relu_cpu)
BETWIXT_CPU_KERNEL(elu_cpu)
BETWIXT_CPU_KERNEL(leaky_relu_cpu)
BETWIXT_CPU_KERNEL(affine_cpu)
BETWIXT_CPU_KERNEL(clamp_cpu)
BETWIXT_CPU_KERNEL(cast_cpu)

namespace {

std::vector<TensorType> float_shape(const Node& node) {
  const DType type = node.input_type(0).dtype;
  if (type != DType::kF32 && type != DType::kF64)
    throw Error(ErrorCode::kDtype, node.op->name, "%s is not f32 or f64", dtype_name(type));
  return {node.input_type(0)};
}

std::vector<TensorType> affine_shape(const Node& node) {
  const DType type = node.input_type(0).dtype;
  if (type == DType::kI32 || type == DType::kU32) return {node.input_type(0)};
  return float_shape(node);
}

std::vector<TensorType> cast_shape(const Node& node) {
  const DType to = node.options<CastOptions>().dtype;
  if (to == DType::kF16 || node.input_type(0).dtype == DType::kF16)
    throw Error(ErrorCode::kDtype, "cast", "f16 is a storage type");
  return {{node.input_shape(0), to}};
}

std::uint32_t whole(const Node&, int) { return 1; }
std::uint32_t whole_if_same_size(const Node& node, int) {
  return dtype_size(node.input_type(0).dtype) == dtype_size(node.output_type().dtype) ? 1 : 0;
}

const Tensor& x_of(const GradientCall& call) { return call.input(0); }
const Tensor& g_of(const GradientCall& call) { return call.output_gradient(); }

/// 1 where x > 0, else 0.

std::vector<Tensor> neg_gradient(const GradientCall& c) { return {neg(g_of(c))}; }
std::vector<Tensor> abs_gradient(const GradientCall& c) { return {g_of(c) * sign(x_of(c))}; }
std::vector<Tensor> square_gradient(const GradientCall& c) { return {g_of(c) * (x_of(c) * 2.0)}; }
std::vector<Tensor> sqrt_gradient(const GradientCall& c) { return {g_of(c) / (c.result * 2.0)}; }
std::vector<Tensor> rsqrt_gradient(const GradientCall& c) { return {g_of(c) * (c.result * square(c.result) * -0.5)}; }
std::vector<Tensor> reciprocal_gradient(const GradientCall& c) { return {neg(g_of(c) * square(c.result))}; }
std::vector<Tensor> exp_gradient(const GradientCall& c) { return {g_of(c) * c.result}; }
std::vector<Tensor> log_gradient(const GradientCall& c) { return {g_of(c) / x_of(c)}; }
std::vector<Tensor> sin_gradient(const GradientCall& c) { return {g_of(c) * cos(x_of(c))}; }
std::vector<Tensor> cos_gradient(const GradientCall& c) { return {neg(g_of(c) * sin(x_of(c)))}; }
std::vector<Tensor> tanh_gradient(const GradientCall& c) {
  return {activation_grad(g_of(c), c.result, {Activation::kTanh})};
}
std::vector<Tensor> sigmoid_gradient(const GradientCall& c) {
  return {activation_grad(g_of(c), c.result, {Activation::kSigmoid})};
}
std::vector<Tensor> softplus_gradient(const GradientCall& c) { return {g_of(c) * sigmoid(x_of(c))}; }
std::vector<Tensor> relu_gradient(const GradientCall& c) {
  return {activation_grad(g_of(c), c.result, {Activation::kRelu})};
}
std::vector<Tensor> elu_gradient(const GradientCall& c) {
  const Tensor one = fill(1, Shape{}, c.result.dtype());
  return {g_of(c) * minimum(one, c.result + 1.0)};
}
std::vector<Tensor> leaky_relu_gradient(const GradientCall& c) {
  const double slope = c.options<UnaryOptions>().a;
  if (const float rounded = static_cast<float>(slope); static_cast<double>(rounded) == slope)
    return {activation_grad(g_of(c), c.result, {Activation::kLeakyRelu, rounded})};
  const Tensor negative = less(c.result, fill(0, Shape{}, c.result.dtype()));
  return {g_of(c) * affine(negative, slope - 1, 1)};
}
std::vector<Tensor> affine_gradient(const GradientCall& c) { return {g_of(c) * c.options<UnaryOptions>().a}; }
std::vector<Tensor> clamp_gradient(const GradientCall& c) { return {g_of(c) * equal(x_of(c), c.result)}; }
std::vector<Tensor> cast_gradient(const GradientCall& c) {
  if (!is_float(c.input(0).dtype())) return {Tensor()};
  return {cast(g_of(c), c.input(0).dtype())};
}

const Op neg_op{.name = "neg",
                .shape = float_shape,
                .cpu = neg_cpu,
                .gpu = unary_gpu<UnaryFunction::kNeg>,
                .half = HalfOperands::elementwise(1),
                .gradient = neg_gradient,
                .in_place = whole,
                .fuse = detail::fuse_elementwise};
const Op abs_op{.name = "abs",
                .shape = float_shape,
                .cpu = abs_cpu,
                .gpu = unary_gpu<UnaryFunction::kAbs>,
                .half = HalfOperands::elementwise(1),
                .gradient = abs_gradient,
                .in_place = whole,
                .fuse = detail::fuse_elementwise};
const Op sign_op{.name = "sign",
                 .shape = float_shape,
                 .cpu = sign_cpu,
                 .gpu = unary_gpu<UnaryFunction::kSign>,
                 .half = HalfOperands::elementwise(1),
                 .gradient = zero_gradient,
                 .in_place = whole,
                 .fuse = detail::fuse_elementwise};
const Op square_op{.name = "square",
                   .shape = float_shape,
                   .cpu = square_cpu,
                   .gpu = unary_gpu<UnaryFunction::kSquare>,
                   .half = HalfOperands::elementwise(1),
                   .gradient = square_gradient,
                   .in_place = whole,
                   .fuse = detail::fuse_elementwise};
const Op sqrt_op{.name = "sqrt",
                 .shape = float_shape,
                 .cpu = sqrt_cpu,
                 .gpu = unary_gpu<UnaryFunction::kSqrt>,
                 .half = HalfOperands::elementwise(1),
                 .gradient = sqrt_gradient,
                 .in_place = whole,
                 .fuse = detail::fuse_elementwise};
const Op rsqrt_op{.name = "rsqrt",
                  .shape = float_shape,
                  .cpu = rsqrt_cpu,
                  .gpu = unary_gpu<UnaryFunction::kRsqrt>,
                  .half = HalfOperands::elementwise(1),
                  .gradient = rsqrt_gradient,
                  .in_place = whole,
                  .fuse = detail::fuse_elementwise};
const Op reciprocal_op{.name = "reciprocal",
                       .shape = float_shape,
                       .cpu = reciprocal_cpu,
                       .gpu = unary_gpu<UnaryFunction::kReciprocal>,
                       .half = HalfOperands::elementwise(1),
                       .gradient = reciprocal_gradient,
                       .in_place = whole,
                       .fuse = detail::fuse_elementwise};
const Op exp_op{.name = "exp",
                .shape = float_shape,
                .cpu = exp_cpu,
                .gpu = unary_gpu<UnaryFunction::kExp>,
                .half = HalfOperands::elementwise(1),
                .gradient = exp_gradient,
                .in_place = whole,
                .fuse = detail::fuse_elementwise};
const Op log_op{.name = "log",
                .shape = float_shape,
                .cpu = log_cpu,
                .gpu = unary_gpu<UnaryFunction::kLog>,
                .half = HalfOperands::elementwise(1),
                .gradient = log_gradient,
                .in_place = whole,
                .fuse = detail::fuse_elementwise};
const Op sin_op{.name = "sin",
                .shape = float_shape,
                .cpu = sin_cpu,
                .gpu = unary_gpu<UnaryFunction::kSin>,
                .half = HalfOperands::elementwise(1),
                .gradient = sin_gradient,
                .in_place = whole,
                .fuse = detail::fuse_elementwise};
const Op cos_op{.name = "cos",
                .shape = float_shape,
                .cpu = cos_cpu,
                .gpu = unary_gpu<UnaryFunction::kCos>,
                .half = HalfOperands::elementwise(1),
                .gradient = cos_gradient,
                .in_place = whole,
                .fuse = detail::fuse_elementwise};
const Op tanh_op{.name = "tanh",
                 .shape = float_shape,
                 .cpu = tanh_cpu,
                 .gpu = unary_gpu<UnaryFunction::kTanh>,
                 .half = HalfOperands::elementwise(1),
                 .gradient = tanh_gradient,
                 .in_place = whole,
                 .fuse = detail::fuse_elementwise};
const Op sigmoid_op{.name = "sigmoid",
                    .shape = float_shape,
                    .cpu = sigmoid_cpu,
                    .gpu = unary_gpu<UnaryFunction::kSigmoid>,
                    .half = HalfOperands::elementwise(1),
                    .gradient = sigmoid_gradient,
                    .in_place = whole,
                    .fuse = detail::fuse_elementwise};
const Op softplus_op{.name = "softplus",
                     .shape = float_shape,
                     .cpu = softplus_cpu,
                     .gpu = unary_gpu<UnaryFunction::kSoftplus>,
                     .half = HalfOperands::elementwise(1),
                     .gradient = softplus_gradient,
                     .in_place = whole,
                     .fuse = detail::fuse_elementwise};
const Op relu_op{.name = "relu",
                 .shape = float_shape,
                 .cpu = relu_cpu,
                 .gpu = unary_gpu<UnaryFunction::kRelu>,
                 .half = HalfOperands::elementwise(1),
                 .gradient = relu_gradient,
                 .in_place = whole,
                 .fuse = detail::fuse_elementwise};
const Op elu_op{.name = "elu",
                .shape = float_shape,
                .cpu = elu_cpu,
                .gpu = unary_gpu<UnaryFunction::kElu>,
                .half = HalfOperands::elementwise(1),
                .gradient = elu_gradient,
                .in_place = whole,
                .fuse = detail::fuse_elementwise};
const Op leaky_relu_op{.name = "leaky_relu",
                       .shape = float_shape,
                       .cpu = leaky_relu_cpu,
                       .gpu = leaky_relu_gpu,
                       .half = HalfOperands::elementwise(1),
                       .gradient = leaky_relu_gradient,
                       .in_place = whole,
                       .fuse = detail::fuse_elementwise};
const Op affine_op{.name = "affine",
                   .shape = affine_shape,
                   .cpu = affine_cpu,
                   .gpu = affine_gpu,
                   .half = HalfOperands::elementwise(1),
                   .gradient = affine_gradient,
                   .in_place = whole,
                   .fuse = detail::fuse_elementwise};
const Op clamp_op{.name = "clamp",
                  .shape = float_shape,
                  .cpu = clamp_cpu,
                  .gpu = clamp_gpu,
                  .half = HalfOperands::elementwise(1),
                  .gradient = clamp_gradient,
                  .in_place = whole,
                  .fuse = detail::fuse_elementwise};
const Op cast_op{.name = "cast",
                 .shape = cast_shape,
                 .cpu = cast_cpu,
                 .gpu = cast_gpu,
                 .gradient = cast_gradient,
                 .in_place = whole_if_same_size};

}  // namespace

Tensor neg(const Tensor& x) { return apply(neg_op, {x}); }
Tensor abs(const Tensor& x) { return apply(abs_op, {x}); }
Tensor sign(const Tensor& x) { return apply(sign_op, {x}); }
Tensor square(const Tensor& x) { return apply(square_op, {x}); }
Tensor sqrt(const Tensor& x) { return apply(sqrt_op, {x}); }
Tensor rsqrt(const Tensor& x) { return apply(rsqrt_op, {x}); }
Tensor reciprocal(const Tensor& x) { return apply(reciprocal_op, {x}); }
Tensor exp(const Tensor& x) { return apply(exp_op, {x}); }
Tensor log(const Tensor& x) { return apply(log_op, {x}); }
Tensor sin(const Tensor& x) { return apply(sin_op, {x}); }
Tensor cos(const Tensor& x) { return apply(cos_op, {x}); }
Tensor tanh(const Tensor& x) { return apply(tanh_op, {x}); }
Tensor sigmoid(const Tensor& x) { return apply(sigmoid_op, {x}); }
Tensor softplus(const Tensor& x) { return apply(softplus_op, {x}); }
Tensor relu(const Tensor& x) { return apply(relu_op, {x}); }
Tensor elu(const Tensor& x) { return apply(elu_op, {x}); }
Tensor silu(const Tensor& x) { return x * sigmoid(x); }

Tensor leaky_relu(const Tensor& x, double slope) {
  if (!(slope > 0)) throw Error(ErrorCode::kValue, "leaky_relu", "slope %g is not above 0", slope);
  return apply(leaky_relu_op, {x}, UnaryOptions{slope, 0});
}

Tensor affine(const Tensor& x, double scale, double shift) { return apply(affine_op, {x}, UnaryOptions{scale, shift}); }

Tensor clamp(const Tensor& x, double low, double high) {
  if (!(low <= high)) throw Error(ErrorCode::kValue, "clamp", "%g to %g is no interval", low, high);
  return apply(clamp_op, {x}, UnaryOptions{low, high});
}

Tensor cast(const Tensor& x, DType dtype) { return x.dtype() == dtype ? x : apply(cast_op, {x}, CastOptions{dtype}); }

Tensor activate(const Tensor& x, const ActivationOptions& activation) {
  switch (activation.kind) {
    case Activation::kNone:
      return x;
    case Activation::kRelu:
      return relu(x);
    case Activation::kLeakyRelu:
      return leaky_relu(x, static_cast<double>(activation.slope));
    case Activation::kSigmoid:
      return sigmoid(x);
    case Activation::kTanh:
      return tanh(x);
  }
  fail_internal("activate", "unknown activation");
}

}  // namespace betwixt
