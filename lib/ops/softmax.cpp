// SPDX-License-Identifier: MIT
#include "betwixt/ops/softmax.h"

#include "betwixt/core/error.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/reduce.h"
#include "betwixt/ops/unary.h"
#include "betwixt/tensor/cpu_kernel.h"
#include "betwixt/tensor/op.h"

namespace betwixt {

BETWIXT_CPU_KERNEL(softmax_cpu)
BETWIXT_CPU_KERNEL(log_softmax_cpu)
void softmax_gpu(GpuCall& call);
void log_softmax_gpu(GpuCall& call);

namespace {

std::vector<TensorType> softmax_shape(const Node& node) {
  const TensorType& type = node.input_type(0);
  if (type.dtype != DType::kF32 && type.dtype != DType::kF64)
    throw Error(ErrorCode::kDtype, node.op->name, "%s is neither f32 nor f64", dtype_name(type.dtype));
  if (type.shape[node.options<int>()] == 0)
    throw Error(ErrorCode::kShape, node.op->name, "axis %d of %s is empty", node.options<int>(),
                type.shape.text().c_str());
  return {type};
}

std::vector<Tensor> softmax_gradient(const GradientCall& call) {
  const Tensor weighted = call.output_gradient() * call.result;
  return {weighted - call.result * sum(weighted, {call.options<int>()}, true)};
}

std::vector<Tensor> log_softmax_gradient(const GradientCall& call) {
  const Tensor& g = call.output_gradient();
  return {g - exp(call.result) * sum(g, {call.options<int>()}, true)};
}

const Op softmax_op{
    .name = "softmax", .shape = softmax_shape, .cpu = softmax_cpu, .gpu = softmax_gpu, .gradient = softmax_gradient};
const Op log_softmax_op{.name = "log_softmax",
                        .shape = softmax_shape,
                        .cpu = log_softmax_cpu,
                        .gpu = log_softmax_gpu,
                        .gradient = log_softmax_gradient};

}  // namespace

Tensor softmax(const Tensor& x, int axis) { return apply(softmax_op, {x}, x.shape().axis(axis)); }
Tensor log_softmax(const Tensor& x, int axis) { return apply(log_softmax_op, {x}, x.shape().axis(axis)); }

}  // namespace betwixt
