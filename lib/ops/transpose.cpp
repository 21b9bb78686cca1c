// SPDX-License-Identifier: MIT
#include "betwixt/ops/transpose.h"

#include "betwixt/core/error.h"
#include "betwixt/ops/detail/transpose_loop.h"
#include "betwixt/tensor/cpu_kernel.h"
#include "betwixt/tensor/op.h"

namespace betwixt {

BETWIXT_CPU_KERNEL(transpose_cpu)
void transpose_gpu(GpuCall& call);

std::int64_t TransposeLoop::out_stride(int axis) const {
  std::int64_t stride = 1;
  for (int i = axis + 1; i < rank; ++i) stride *= size[i];
  return stride;
}

bool TransposeLoop::is_identity() const { return rank <= 1; }

TransposeLoop transpose_loop(const Shape& input, const TransposeOptions& options) {
  TransposeLoop loop;
  for (int axis = 0; axis < input.rank(); ++axis) {
    const int from = options.perm[static_cast<std::size_t>(axis)];
    if (input[from] == 1) continue;
    const std::int64_t stride = input.product(from + 1, input.rank());
    const bool merges = loop.rank > 0 && loop.in_stride[loop.rank - 1] == stride * input[from];
    if (!merges) loop.size[loop.rank++] = 1;
    loop.size[loop.rank - 1] *= input[from];
    loop.in_stride[loop.rank - 1] = stride;
  }
  return loop;
}

namespace {

std::vector<TensorType> transpose_shape(const Node& node) {
  const Shape& shape = node.input_shape(0);
  const auto& perm = node.options<TransposeOptions>().perm;
  std::int64_t sizes[Shape::kMaxRank] = {};
  for (int i = 0; i < shape.rank(); ++i) sizes[i] = shape[perm[static_cast<std::size_t>(i)]];
  return {{Shape(sizes, shape.rank()), node.input_type(0).dtype}};
}

std::vector<Tensor> transpose_gradient(const GradientCall& call) {
  const auto& perm = call.options<TransposeOptions>().perm;
  std::vector<int> inverse(static_cast<std::size_t>(call.node.input_shape(0).rank()));
  for (std::size_t i = 0; i < inverse.size(); ++i) inverse[static_cast<std::size_t>(perm[i])] = static_cast<int>(i);
  return {transpose(call.output_gradient(), inverse)};
}

std::int64_t transpose_alias(const Node& node) {
  return transpose_loop(node.input_shape(0), node.options<TransposeOptions>()).is_identity() ? 0 : -1;
}

const Op transpose_op{.name = "transpose",
                      .shape = transpose_shape,
                      .cpu = transpose_cpu,
                      .gpu = transpose_gpu,
                      .half = HalfOperands::elementwise(1),
                      .gradient = transpose_gradient,
                      .alias = transpose_alias};

}  // namespace

Tensor transpose(const Tensor& x, const std::vector<int>& perm) {
  const Shape& shape = x.shape();
  if (static_cast<int>(perm.size()) != shape.rank())
    throw Error(ErrorCode::kShape, "transpose", "%zu axes for %s", perm.size(), shape.text().c_str());
  TransposeOptions options;
  std::uint32_t named = 0;
  for (std::size_t i = 0; i < perm.size(); ++i) {
    const int axis = shape.axis(perm[i]);
    if (named >> axis & 1) throw Error(ErrorCode::kShape, "transpose", "axis %d is named twice", axis);
    named |= 1u << axis;
    options.perm[i] = axis;
  }
  return apply(transpose_op, {x}, options);
}

}  // namespace betwixt
