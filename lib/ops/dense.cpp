// SPDX-License-Identifier: MIT
#include "betwixt/ops/dense.h"

#include "betwixt/core/error.h"
#include "betwixt/ops/activation_grad.h"
#include "betwixt/ops/detail/conv2d_options.h"
#include "betwixt/ops/detail/matmul_gpu.h"
#include "betwixt/ops/detail/matmul_plan.h"
#include "betwixt/ops/matmul.h"
#include "betwixt/tensor/cpu_kernel.h"
#include "betwixt/tensor/op.h"

namespace betwixt {

BETWIXT_CPU_KERNEL(dense_cpu)

namespace {

std::vector<TensorType> dense_shape(const Node& node) {
  const DType type = node.input_type(0).dtype;
  if (type != DType::kF32 && type != DType::kF64)
    throw Error(ErrorCode::kDtype, "dense", "%s is not f32 or f64", dtype_name(type));
  for (int i = 1; i < node.input_count(); ++i)
    if (node.input_type(i).dtype != type)
      throw Error(ErrorCode::kDtype, "dense", "input %d is %s", i, dtype_name(node.input_type(i).dtype))
          .expected("%s", dtype_name(type));
  const Shape& x = node.input_shape(0);
  const Shape& w = node.input_shape(1);
  if (x.rank() != 2 || w.rank() != 2 || x[1] != w[0] || x.elements() == 0 || w.elements() == 0)
    throw Error(ErrorCode::kShape, "dense", "x is %s, weight is %s", x.text().c_str(), w.text().c_str());
  if (node.input_count() > 2 && !(node.input_shape(2) == Shape{w[1]}))
    throw Error(ErrorCode::kShape, "dense", "bias is %s, result has %lld channels", node.input_shape(2).text().c_str(),
                static_cast<long long>(w[1]));
  const ActivationOptions& activation = node.options<DenseOptions>().activation;
  if (activation.kind == Activation::kLeakyRelu && !(activation.slope > 0))
    throw Error(ErrorCode::kArgument, "dense", "slope %g is not above 0", static_cast<double>(activation.slope));
  return {{{x[0], w[1]}, type}};
}

std::size_t dense_scratch(const Node&, int threads) { return detail::matmul_scratch_bytes(threads); }

std::vector<Tensor> dense_gradient(const GradientCall& call) {
  const Tensor dz = activation_grad(call.output_gradient(), call.result, call.options<DenseOptions>().activation);
  std::vector<Tensor> result(static_cast<std::size_t>(call.node.input_count()));
  if (call.needs(0)) result[0] = matmul(dz, call.input(1), {false, true});
  if (call.needs(1)) result[1] = matmul(call.input(0), dz, {true, false});
  if (call.node.input_count() > 2 && call.needs(2)) result[2] = detail::channel_sum(dz);
  return result;
}

const Op dense_op{.name = "dense",
                  .shape = dense_shape,
                  .cpu = dense_cpu,
                  .cpu_scratch = dense_scratch,
                  .gpu = dense_gpu,
                  .gpu_scratch = dense_gpu_scratch,
                  .half = HalfOperands::pictures(7),
                  .gradient = dense_gradient};

}  // namespace

Tensor dense(const Tensor& x, const Tensor& weight, const Tensor& bias, const DenseOptions& options) {
  if (!x.defined() || !weight.defined()) throw Error(ErrorCode::kArgument, "dense", "x or weight is undefined");
  if (!bias.defined()) return apply(dense_op, {x, weight}, options);
  return apply(dense_op, {x, weight, bias}, options);
}

}  // namespace betwixt
