// SPDX-License-Identifier: MIT
#include "betwixt/ops/top_k.h"

#include "betwixt/core/error.h"
#include "betwixt/ops/gather.h"
#include "betwixt/tensor/cpu_kernel.h"
#include "betwixt/tensor/op.h"

namespace betwixt {

BETWIXT_CPU_KERNEL(top_k_cpu)
void top_k_gpu(GpuCall& call);

namespace {

constexpr std::int64_t kLargest = 128;

std::vector<TensorType> top_k_shape(const Node& node) {
  const TensorType& type = node.input_type(0);
  const std::int64_t k = node.options<std::int64_t>();
  if (type.dtype != DType::kF32 && type.dtype != DType::kF64)
    throw Error(ErrorCode::kDtype, "top_k", "%s is neither f32 nor f64", dtype_name(type.dtype));
  if (type.shape.rank() < 1 || k < 1 || k > type.shape[-1] || k > kLargest)
    throw Error(ErrorCode::kShape, "top_k", "%lld elements of rows of %s", static_cast<long long>(k),
                type.shape.text().c_str());
  return {{type.shape.with(-1, k), type.dtype}, {type.shape.with(-1, k), DType::kI32}};
}

std::vector<Tensor> top_k_gradient(const GradientCall& call) {
  if (!call.output_gradient().defined()) return {Tensor()};
  return {scatter_add_last(call.output_gradient(), call.output(1), call.node.input_shape(0)[-1])};
}

const Op top_k_op{
    .name = "top_k", .shape = top_k_shape, .cpu = top_k_cpu, .gpu = top_k_gpu, .gradient = top_k_gradient};

}  // namespace

TopK top_k(const Tensor& x, std::int64_t k) {
  const std::vector<Tensor> outputs = apply_all(top_k_op, {x}, k);
  return {outputs[0], outputs[1]};
}

}  // namespace betwixt
