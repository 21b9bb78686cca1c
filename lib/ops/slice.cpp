// SPDX-License-Identifier: MIT
#include "betwixt/ops/slice.h"

#include "betwixt/core/error.h"
#include "betwixt/ops/detail/axis_view.h"
#include "betwixt/ops/detail/slice_options.h"
#include "betwixt/ops/pad.h"
#include "betwixt/tensor/cpu_kernel.h"
#include "betwixt/tensor/op.h"

namespace betwixt {

BETWIXT_CPU_KERNEL(slice_cpu)
BETWIXT_CPU_KERNEL(flip_cpu)
void slice_gpu(GpuCall& call);
void flip_gpu(GpuCall& call);

namespace {

std::vector<TensorType> slice_shape(const Node& node) {
  const auto& options = node.options<SliceOptions>();
  const Shape& shape = node.input_shape(0);
  const std::int64_t length = shape[options.axis];
  if (options.begin < 0 || options.size < 0 || options.begin > length || options.size > length - options.begin)
    throw Error(ErrorCode::kShape, "slice", "%lld elements from %lld on axis %d of %s",
                static_cast<long long>(options.size), static_cast<long long>(options.begin), options.axis,
                shape.text().c_str());
  return {{shape.with(options.axis, options.size), node.input_type(0).dtype}};
}

std::vector<Tensor> slice_gradient(const GradientCall& call) {
  const auto& options = call.options<SliceOptions>();
  const Shape& shape = call.node.input_shape(0);
  std::vector<PadAmount> amounts(static_cast<std::size_t>(shape.rank()));
  amounts[static_cast<std::size_t>(options.axis)] = {options.begin, shape[options.axis] - options.begin - options.size};
  return {pad(call.output_gradient(), amounts)};
}

std::int64_t slice_alias(const Node& node) {
  const auto& options = node.options<SliceOptions>();
  const AxisView view(node.input_shape(0), options.axis);
  const std::int64_t offset =
      options.begin * view.inner * static_cast<std::int64_t>(dtype_size(node.input_type(0).dtype));
  return view.outer == 1 && offset % 16 == 0 ? offset : -1;
}

std::vector<TensorType> flip_shape(const Node& node) { return {node.inputs[0].type()}; }

std::vector<Tensor> flip_gradient(const GradientCall& call) {
  return {flip(call.output_gradient(), call.options<SliceOptions>().axis)};
}

const Op slice_op{.name = "slice",
                  .shape = slice_shape,
                  .cpu = slice_cpu,
                  .gpu = slice_gpu,
                  .half = HalfOperands::elementwise(1),
                  .gradient = slice_gradient,
                  .alias = slice_alias};
const Op flip_op{.name = "flip",
                 .shape = flip_shape,
                 .cpu = flip_cpu,
                 .gpu = flip_gpu,
                 .half = HalfOperands::elementwise(1),
                 .gradient = flip_gradient};

}  // namespace

Tensor slice(const Tensor& x, int axis, std::int64_t begin, std::int64_t size) {
  const int at = x.shape().axis(axis);
  if (begin == 0 && size == x.shape()[at]) return x;
  return apply(slice_op, {x}, SliceOptions{at, begin, size});
}

Tensor flip(const Tensor& x, int axis) { return apply(flip_op, {x}, SliceOptions{x.shape().axis(axis), 0, 0}); }

}  // namespace betwixt
