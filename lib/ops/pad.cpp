// SPDX-License-Identifier: MIT
#include "betwixt/ops/pad.h"

#include <algorithm>

#include "betwixt/core/error.h"
#include "betwixt/ops/detail/pad_options.h"
#include "betwixt/tensor/cpu_kernel.h"
#include "betwixt/tensor/op.h"

namespace betwixt {

BETWIXT_CPU_KERNEL(pad_cpu)
BETWIXT_CPU_KERNEL(pad_grad_cpu)
void pad_gpu(GpuCall& call);
void pad_grad_gpu(GpuCall& call);

const PadAmount& PadOptions::of(int axis) const { return amounts[static_cast<std::size_t>(axis)]; }

int PadOptions::last_axis(int rank) const {
  int axis = rank - 1;
  while (axis > 0 && of(axis) == PadAmount{}) --axis;
  return axis;
}

std::int64_t PadOptions::source(int axis, std::int64_t size, std::int64_t position) const {
  const std::int64_t at = position - of(axis).before;
  if (at >= 0 && at < size) return at;
  if (mode == PadMode::kZero) return -1;
  if (mode == PadMode::kClamp) return at < 0 ? 0 : size - 1;
  return at < 0 ? -at : 2 * (size - 1) - at;
}

namespace {

void check_amount(const PadOptions& options, int axis, const Shape& shape) {
  const PadAmount& amount = options.of(axis);
  const std::int64_t largest = std::max(amount.before, amount.after);
  const bool negative = std::min(amount.before, amount.after) < 0;
  const bool too_far = options.mode == PadMode::kReflect && largest > 0 && largest >= shape[axis];
  const bool nothing_there = options.mode == PadMode::kClamp && largest > 0 && shape[axis] == 0;
  if (negative || too_far || nothing_there)
    throw Error(ErrorCode::kShape, "pad", "%lld before and %lld after axis %d of %s",
                static_cast<long long>(amount.before), static_cast<long long>(amount.after), axis,
                shape.text().c_str());
}

std::vector<TensorType> pad_shape(const Node& node) {
  const auto& options = node.options<PadOptions>();
  Shape shape = node.input_shape(0);
  for (int axis = 0; axis < shape.rank(); ++axis) {
    check_amount(options, axis, node.input_shape(0));
    shape = shape.with(axis, shape[axis] + options.of(axis).before + options.of(axis).after);
  }
  return {{shape, node.input_type(0).dtype}};
}

std::vector<TensorType> pad_grad_shape(const Node& node) {
  const auto& options = node.options<PadOptions>();
  Shape shape = node.input_shape(0);
  for (int axis = 0; axis < shape.rank(); ++axis)
    shape = shape.with(axis, shape[axis] - options.of(axis).before - options.of(axis).after);
  return {{shape, node.input_type(0).dtype}};
}

std::vector<Tensor> pad_gradient(const GradientCall& call);
std::vector<Tensor> pad_grad_gradient(const GradientCall& call);

const Op pad_op{.name = "pad",
                .shape = pad_shape,
                .cpu = pad_cpu,
                .gpu = pad_gpu,
                .half = HalfOperands::elementwise(1),
                .gradient = pad_gradient};
/// The transpose of pad: every element gathers what flowed to its copies. Its own transpose is pad.
const Op pad_grad_op{.name = "pad_grad",
                     .shape = pad_grad_shape,
                     .cpu = pad_grad_cpu,
                     .gpu = pad_grad_gpu,
                     .half = HalfOperands::elementwise(1),
                     .gradient = pad_grad_gradient};

std::vector<Tensor> pad_gradient(const GradientCall& call) {
  const DType dtype = call.output_gradient().dtype();
  if (dtype != DType::kF32 && dtype != DType::kF64)
    throw Error(ErrorCode::kUnsupported, "pad", "no gradient for %s", dtype_name(dtype));
  return {apply(pad_grad_op, {call.output_gradient()}, call.options<PadOptions>())};
}

std::vector<Tensor> pad_grad_gradient(const GradientCall& call) {
  return {apply(pad_op, {call.output_gradient()}, call.options<PadOptions>())};
}

}  // namespace

Tensor pad(const Tensor& x, const std::vector<PadAmount>& amounts, PadMode mode) {
  if (static_cast<int>(amounts.size()) != x.shape().rank())
    throw Error(ErrorCode::kShape, "pad", "%zu amounts for %s", amounts.size(), x.shape().text().c_str());
  PadOptions options;
  options.mode = mode;
  std::copy(amounts.begin(), amounts.end(), options.amounts.begin());
  if (options.amounts == PadOptions().amounts) return x;
  return apply(pad_op, {x}, options);
}

Tensor pad_pictures(const Tensor& x, std::int64_t amount, PadMode mode) {
  return pad(x, {{}, {amount, amount}, {amount, amount}, {}}, mode);
}

}  // namespace betwixt
