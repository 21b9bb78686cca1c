// SPDX-License-Identifier: MIT
#include "betwixt/ops/activation_grad.h"

#include "betwixt/core/error.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/detail/activation_grad_gpu.h"
#include "betwixt/ops/detail/elementwise_chain.h"
#include "betwixt/ops/detail/fused_reference.h"
#include "betwixt/ops/reshape.h"
#include "betwixt/tensor/cpu_kernel.h"
#include "betwixt/tensor/op.h"

namespace betwixt {

BETWIXT_CPU_KERNEL(activation_grad_cpu)

namespace {

std::vector<TensorType> activation_grad_shape(const Node& node) {
  const TensorType& dy = node.input_type(0);
  if (dy.dtype != DType::kF32 && dy.dtype != DType::kF64)
    throw Error(ErrorCode::kDtype, "activation_grad", "%s is not f32 or f64", dtype_name(dy.dtype));
  if (!(dy == node.input_type(1)))
    throw Error(ErrorCode::kShape, "activation_grad", "dy and y differ")
        .expected("%s %s", dtype_name(dy.dtype), dy.shape.text().c_str())
        .found("%s %s", dtype_name(node.input_type(1).dtype), node.input_shape(1).text().c_str());
  return {dy};
}

/// Derivative of f'(x), as a function of y, in y.
Tensor slope_of_derivative(const Tensor& y, Activation kind) {
  if (kind == Activation::kSigmoid) return 1.0 - y * 2.0;
  if (kind == Activation::kTanh) return y * -2.0;
  return {};
}

std::vector<Tensor> activation_grad_gradient(const GradientCall& call) {
  const auto& activation = call.options<ActivationOptions>();
  const Tensor& g = call.output_gradient();
  std::vector<Tensor> result(2);
  if (call.needs(0)) result[0] = activation_grad(g, call.input(1), activation);
  if (call.needs(1)) {
    const Tensor slope = slope_of_derivative(call.input(1), activation.kind);
    if (slope.defined()) result[1] = g * call.input(0) * slope;
  }
  return result;
}

std::uint32_t either_input(const Node&, int) { return 3; }

const Op activation_grad_op{.name = "activation_grad",
                            .shape = activation_grad_shape,
                            .cpu = activation_grad_cpu,
                            .gpu = activation_grad_gpu,
                            .half = HalfOperands::elementwise(2),
                            .gradient = activation_grad_gradient,
                            .in_place = either_input,
                            .fuse = detail::fuse_activation_grad};

}  // namespace

std::vector<Tensor> detail::fuse_activation_grad(const Node& node, const Node& producer) {
  for (const auto with_slope : {conv2d_with_slope, matmul_with_slope, mse_loss_grad_with_slope}) {
    if (node.output_type().dtype != DType::kF32) break;
    std::vector<Tensor> fused = with_slope(node, producer);
    if (!fused.empty()) return fused;
  }
  return fuse_elementwise(node, producer);
}

Tensor activation_grad(const Tensor& dy, const Tensor& y, const ActivationOptions& activation) {
  if (activation.kind == Activation::kNone) return dy;
  // Behind a product rather than behind its reshape: there the two can become one.
  if (dy.defined() && y.defined() && dy.shape() == y.shape() && is_reshape(dy)) {
    const Tensor& product = dy.node().inputs[0];
    return reshape(activation_grad(product, reshape(y, product.shape()), activation), dy.shape());
  }
  return apply(activation_grad_op, {dy, y}, activation);
}

float detail::slope_at(const ActivationOptions& activation, float y) {
  switch (activation.kind) {
    case Activation::kRelu:
      return y > 0 ? 1.0f : 0.0f;
    case Activation::kLeakyRelu:
      return y < 0 ? activation.slope : 1.0f;
    case Activation::kSigmoid:
      return y * (1 - y);
    case Activation::kTanh:
      return 1 - y * y;
    case Activation::kNone:
      break;
  }
  return 1;
}

void detail::multiply_by_slope(const CpuCall& call, int input, const ActivationOptions& activation) {
  for (std::int64_t i = 0; i < call.out_shape().elements(); ++i)
    call.out<float>()[i] *= slope_at(activation, call.in<float>(input)[i]);
}

void detail::sum_channels(const CpuCall& call, int output) {
  const std::int64_t channels = call.out_shape(output)[0];
  for (std::int64_t c = 0; c < channels; ++c) {
    double sum = 0;
    for (std::int64_t i = c; i < call.in_shape(1).elements(); i += channels)
      sum += static_cast<double>(call.in<float>(1)[i]);
    call.out<float>(output)[c] = static_cast<float>(sum);
  }
}

}  // namespace betwixt
