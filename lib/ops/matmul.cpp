// SPDX-License-Identifier: MIT
#include "betwixt/ops/matmul.h"

#include "betwixt/core/error.h"
#include "betwixt/ops/detail/conv2d_options.h"
#include "betwixt/ops/detail/fused_reference.h"
#include "betwixt/ops/detail/matmul_gpu.h"
#include "betwixt/ops/detail/matmul_plan.h"
#include "betwixt/tensor/cpu_kernel.h"
#include "betwixt/tensor/op.h"

namespace betwixt {

BETWIXT_CPU_KERNEL(matmul_cpu)
BETWIXT_CPU_KERNEL(matmul_activation_grad_cpu)

namespace {

void check_operands(const TensorType& a, const TensorType& b) {
  if (a.dtype != DType::kF32 && a.dtype != DType::kF64)
    throw Error(ErrorCode::kDtype, "matmul", "%s is not f32 or f64", dtype_name(a.dtype));
  if (a.dtype != b.dtype)
    throw Error(ErrorCode::kDtype, "matmul", "%s times %s", dtype_name(a.dtype), dtype_name(b.dtype));
  const int rank = a.shape.rank();
  if ((rank != 2 && rank != 3) || b.shape.rank() != rank || (rank == 3 && a.shape[0] != b.shape[0]))
    throw Error(ErrorCode::kShape, "matmul", "%s times %s", a.shape.text().c_str(), b.shape.text().c_str());
}

std::vector<TensorType> product_type(const Node& node, const MatmulOptions& o) {
  check_operands(node.input_type(0), node.input_type(1));
  const Shape& a = node.input_shape(0);
  const Shape& b = node.input_shape(1);
  const std::int64_t m = a[o.transpose_a ? -1 : -2];
  const std::int64_t k = a[o.transpose_a ? -2 : -1];
  const std::int64_t n = b[o.transpose_b ? -2 : -1];
  if (k != b[o.transpose_b ? -1 : -2] || a.elements() == 0 || b.elements() == 0)
    throw Error(ErrorCode::kShape, "matmul", "%s%s times %s%s", a.text().c_str(), o.transpose_a ? " transposed" : "",
                b.text().c_str(), o.transpose_b ? " transposed" : "");
  return {{a.with(-2, m).with(-1, n), node.input_type(0).dtype}};
}

std::vector<TensorType> matmul_shape(const Node& node) { return product_type(node, node.options<MatmulOptions>()); }

std::vector<TensorType> matmul_activation_grad_shape(const Node& node) {
  const std::vector<TensorType> result = product_type(node, node.options<MatmulSlopeOptions>().product);
  if (!(node.input_type(2) == result[0]))
    throw Error(ErrorCode::kShape, "matmul_activation_grad", "an activation of %s", node.input_shape(2).text().c_str());
  return result;
}

std::size_t matmul_scratch(const Node&, int threads) { return detail::matmul_scratch_bytes(threads); }

std::vector<Tensor> matmul_gradient(const GradientCall& call) {
  const auto& o = call.options<MatmulOptions>();
  const Tensor& a = call.input(0);
  const Tensor& b = call.input(1);
  const Tensor& g = call.output_gradient();
  std::vector<Tensor> result(2);
  if (call.needs(0))
    result[0] = o.transpose_a ? matmul(b, g, {o.transpose_b, true}) : matmul(g, b, {false, !o.transpose_b});
  if (call.needs(1))
    result[1] = o.transpose_b ? matmul(g, a, {true, o.transpose_a}) : matmul(a, g, {!o.transpose_a, false});
  return result;
}

std::vector<TensorType> matmul_sums_shape(const Node& node) {
  std::vector<TensorType> result = matmul_shape(node);
  result.push_back({{result[0].shape[-1]}, result[0].dtype});
  return result;
}

void matmul_sums_reference(const CpuCall& call) {
  const Tensor product = matmul(call.node.inputs[0], call.node.inputs[1], call.options<MatmulOptions>());
  matmul_cpu.best(Isa::kBaseline)({product.node(), call.inputs, call.outputs, call.scratch, call.pool});
  detail::sum_channels(call, 1);
}

// Made by fusion only, so these need no gradient.
const Op matmul_sums_op{.name = "matmul_sums",
                        .shape = matmul_sums_shape,
                        .cpu = {{&matmul_sums_reference}},
                        .cpu_scratch = matmul_scratch,
                        .plain_cpu = true,
                        .gpu = matmul_gpu,
                        .gpu_scratch = matmul_gpu_scratch,
                        .half = HalfOperands::sums(3)};

/// Op::fuse: where the right side is the gradient of a layer, and the product that of its weights, its sums over the
/// batch are that of its bias.
std::vector<Tensor> fuse_sums(const Node& product, const Node& sum) {
  const auto& options = product.options<MatmulOptions>();
  const Tensor& right = product.inputs[1];
  if (!options.transpose_a || options.transpose_b || right.shape().rank() != 2) return {};
  if (right.dtype() != DType::kF32 || !detail::is_channel_sum(sum, right)) return {};
  return apply_all(matmul_sums_op, product.inputs, product.option_data);
}

const Op matmul_op{.name = "matmul",
                   .shape = matmul_shape,
                   .cpu = matmul_cpu,
                   .cpu_scratch = matmul_scratch,
                   .gpu = matmul_gpu,
                   .gpu_scratch = matmul_gpu_scratch,
                   .half = HalfOperands::sums(7),
                   .gradient = matmul_gradient,
                   .fuse = fuse_sums};

const Op matmul_activation_grad_op{.name = "matmul_activation_grad",
                                   .shape = matmul_activation_grad_shape,
                                   .cpu = matmul_activation_grad_cpu,
                                   .cpu_scratch = matmul_scratch,
                                   .gpu = matmul_activation_grad_gpu,
                                   .gpu_scratch = matmul_activation_grad_gpu_scratch,
                                   .half = HalfOperands::sums(7)};

}  // namespace

std::vector<Tensor> detail::matmul_with_slope(const Node& activation_grad, const Node& producer) {
  if (producer.op != &matmul_op) return {};
  if (&activation_grad.inputs[0].node() != &producer || &activation_grad.inputs[1].node() == &producer) return {};
  const MatmulSlopeOptions options{producer.options<MatmulOptions>(), activation_grad.options<ActivationOptions>()};
  return {
      apply(matmul_activation_grad_op, {producer.inputs[0], producer.inputs[1], activation_grad.inputs[1]}, options)};
}

std::size_t detail::matmul_scratch_bytes(int threads) { return kMatmulSlotBytes * static_cast<std::size_t>(threads); }

Tensor matmul(const Tensor& a, const Tensor& b, const MatmulOptions& options) {
  if (!a.defined() || !b.defined()) throw Error(ErrorCode::kArgument, "matmul", "an operand is undefined");
  return apply(matmul_op, {a, b}, options);
}

}  // namespace betwixt
