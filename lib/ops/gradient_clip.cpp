// SPDX-License-Identifier: MIT
#include "betwixt/ops/gradient_clip.h"

#include "betwixt/core/error.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/detail/norm_block.h"
#include "betwixt/ops/detail/reduce_gpu.h"
#include "betwixt/ops/fill.h"
#include "betwixt/ops/reshape.h"
#include "betwixt/ops/unary.h"
#include "betwixt/tensor/cpu_kernel.h"
#include "betwixt/tensor/op.h"

namespace betwixt {

BETWIXT_CPU_KERNEL(all_finite_cpu)
BETWIXT_CPU_KERNEL(squared_norm_cpu)
void all_finite_gpu(GpuCall& call);
void squared_norm_gpu(GpuCall& call);

namespace {

void check_float(const Node& node) {
  const DType type = node.input_type(0).dtype;
  if (type != DType::kF32 && type != DType::kF64)
    throw Error(ErrorCode::kDtype, node.op->name, "input is %s", dtype_name(type));
}

std::vector<TensorType> all_finite_shape(const Node& node) {
  check_float(node);
  return {{Shape{1}, DType::kF32}};
}

std::vector<TensorType> squared_norm_shape(const Node& node) {
  check_float(node);
  return {{Shape{1}, node.input_type(0).dtype}};
}

/// One sum per block.
std::size_t block_scratch(const Node& node, int) {
  const std::int64_t blocks = (node.input_shape(0).elements() + kNormBlock - 1) / kNormBlock;
  return sizeof(double) * static_cast<std::size_t>(blocks > 0 ? blocks : 1);
}

/// `factor` [1] as a tensor that broadcasts over any shape.
Tensor as_scalar(const Tensor& factor) { return reshape(factor, Shape{}); }

std::vector<Tensor> squared_norm_gradient(const GradientCall& call) {
  return {call.input(0) * as_scalar(call.output_gradient() * 2.0)};
}

const Op all_finite_op{.name = "all_finite",
                       .shape = all_finite_shape,
                       .cpu = all_finite_cpu,
                       .cpu_scratch = block_scratch,
                       .gpu = all_finite_gpu,
                       .gradient = zero_gradient};
const Op squared_norm_op{.name = "squared_norm",
                         .shape = squared_norm_shape,
                         .cpu = squared_norm_cpu,
                         .cpu_scratch = block_scratch,
                         .gpu = squared_norm_gpu,
                         .gpu_scratch = whole_tensor_gpu_scratch,
                         .gradient = squared_norm_gradient};

}  // namespace

Tensor all_finite(const Tensor& x) { return apply(all_finite_op, {x}); }
Tensor squared_norm(const Tensor& x) { return apply(squared_norm_op, {x}); }

Tensor global_norm(const std::vector<Tensor>& tensors) {
  if (tensors.empty()) throw Error(ErrorCode::kArgument, "global_norm", "no tensors");
  Tensor total;
  for (const Tensor& t : tensors) total = total.defined() ? total + squared_norm(t) : squared_norm(t);
  return sqrt(total);
}

std::vector<Tensor> clip_by_global_norm(const std::vector<Tensor>& tensors, double largest) {
  if (!(largest > 0)) throw Error(ErrorCode::kValue, "clip_by_global_norm", "%g is not above 0", largest);
  const Tensor norm = global_norm(tensors);
  const Tensor limit = fill(largest, Shape{1}, norm.dtype());
  // max(norm, limit) is limit, and the factor exactly 1, for every gradient that is short enough.
  const Tensor factor = as_scalar(limit / maximum(norm, limit));
  std::vector<Tensor> result;
  for (const Tensor& t : tensors) result.push_back(t * factor);
  return result;
}

Tensor clip_by_global_norm(const Tensor& x, double largest) {
  return clip_by_global_norm(std::vector<Tensor>{x}, largest)[0];
}

}  // namespace betwixt
