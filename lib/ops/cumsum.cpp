// SPDX-License-Identifier: MIT
#include "betwixt/ops/cumsum.h"

#include "betwixt/core/error.h"
#include "betwixt/ops/detail/cumsum_options.h"
#include "betwixt/tensor/cpu_kernel.h"
#include "betwixt/tensor/op.h"

namespace betwixt {

BETWIXT_CPU_KERNEL(cumsum_cpu)
void cumsum_gpu(GpuCall& call);

namespace {

std::vector<TensorType> cumsum_shape(const Node& node) {
  const DType dtype = node.input_type(0).dtype;
  if (dtype != DType::kF32 && dtype != DType::kF64)
    throw Error(ErrorCode::kDtype, "cumsum", "%s is neither f32 nor f64", dtype_name(dtype));
  return {node.inputs[0].type()};
}

std::vector<Tensor> cumsum_gradient(const GradientCall& call) {
  const auto& options = call.options<CumsumAxisOptions>();
  const CumsumOptions back{.exclusive = options.sums.exclusive, .reverse = !options.sums.reverse};
  return {cumsum(call.output_gradient(), options.axis, back)};
}

const Op cumsum_op{
    .name = "cumsum", .shape = cumsum_shape, .cpu = cumsum_cpu, .gpu = cumsum_gpu, .gradient = cumsum_gradient};

}  // namespace

Tensor cumsum(const Tensor& x, int axis, CumsumOptions options) {
  return apply(cumsum_op, {x}, CumsumAxisOptions{x.shape().axis(axis), options});
}

}  // namespace betwixt
