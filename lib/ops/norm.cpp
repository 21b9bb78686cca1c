// SPDX-License-Identifier: MIT
#include "betwixt/ops/norm.h"

#include <algorithm>

#include "betwixt/core/error.h"
#include "betwixt/ops/activation_grad.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/detail/composed_gradient.h"
#include "betwixt/ops/detail/norm_gpu.h"
#include "betwixt/ops/detail/normalize_options.h"
#include "betwixt/ops/fill.h"
#include "betwixt/ops/reduce.h"
#include "betwixt/ops/reshape.h"
#include "betwixt/ops/unary.h"
#include "betwixt/tensor/cpu_kernel.h"
#include "betwixt/tensor/op.h"

namespace betwixt {

BETWIXT_CPU_KERNEL(normalize_cpu)
BETWIXT_CPU_KERNEL(normalize_grad_cpu)

namespace {

void check_float(const Node& node) {
  const DType type = node.input_type(0).dtype;
  for (int i = 0; i < node.input_count(); ++i)
    if (node.input_type(i).dtype != type || (type != DType::kF32 && type != DType::kF64))
      throw Error(ErrorCode::kDtype, node.op->name, "input %d is %s", i, dtype_name(node.input_type(i).dtype));
}

void check_elements(const Node& node, int input, std::int64_t elements) {
  if (node.input_shape(input).elements() != elements)
    throw Error(ErrorCode::kShape, node.op->name, "input %d is %s for x %s", input,
                node.input_shape(input).text().c_str(), node.input_shape(0).text().c_str());
}

/// (x, scale, bias) -> y, mean [outer * groups], variance [outer * groups].
std::vector<TensorType> normalize_shape(const Node& node) {
  const auto& o = node.options<NormalizeOptions>();
  check_float(node);
  check_elements(node, 1, o.groups * o.width);
  check_elements(node, 2, o.groups * o.width);
  const TensorType statistics{Shape{o.outer * o.groups}, node.input_type(0).dtype};
  return {node.input_type(0), statistics, statistics};
}

/// (x, scale, mean, variance, dy[, y]) -> dx, dscale, dbias. y is there when an activation is fused.
std::vector<TensorType> normalize_grad_shape(const Node& node) {
  const auto& o = node.options<NormalizeOptions>();
  check_float(node);
  check_elements(node, 1, o.groups * o.width);
  check_elements(node, 2, o.outer * o.groups);
  check_elements(node, 3, o.outer * o.groups);
  for (int i = 4; i < node.input_count(); ++i) check_elements(node, i, node.input_shape(0).elements());
  const TensorType parameters{Shape{o.groups * o.width}, node.input_type(0).dtype};
  return {node.input_type(0), parameters, parameters};
}

/// Mean and squared deviations of every block and group, then 1 / sqrt(variance + epsilon) of every group.
std::size_t normalize_scratch(const Node& node, int) {
  const auto& o = node.options<NormalizeOptions>();
  return sizeof(double) * static_cast<std::size_t>(o.outer * o.groups * (2 * o.blocks + 1));
}

/// 1 / sqrt(variance + epsilon) and two sums of every group, two sums of every block and channel.
std::size_t normalize_grad_scratch(const Node& node, int) {
  const auto& o = node.options<NormalizeOptions>();
  return sizeof(double) * static_cast<std::size_t>(3 * o.outer * o.groups) +
         dtype_size(node.input_type(0).dtype) * static_cast<std::size_t>(2 * o.outer * o.blocks * o.groups * o.width);
}

Shape full_shape(const NormalizeOptions& o) { return {o.outer, o.rows, o.groups, o.width}; }
Shape statistics_shape(const NormalizeOptions& o) { return {o.outer, 1, o.groups, 1}; }
Shape parameter_shape(const NormalizeOptions& o) { return {1, 1, o.groups, o.width}; }

std::vector<Tensor> normalize_composed(const Tensor& x, const Tensor& scale, const Tensor& bias,
                                       const NormalizeOptions& o) {
  const Tensor full = reshape(x, full_shape(o));
  const Tensor center = mean(full, {1, 3}, true);
  const Tensor deviation = full - center;
  const Tensor variance = mean(square(deviation), {1, 3}, true);
  const Tensor normal = deviation * rsqrt(variance + o.epsilon);
  const Tensor y = normal * reshape(scale, parameter_shape(o)) + reshape(bias, parameter_shape(o));
  const Shape flat{o.outer * o.groups};
  return {activate(reshape(y, x.shape()), o.activation), reshape(center, flat), reshape(variance, flat)};
}

std::vector<Tensor> normalize_grad_composed(const std::vector<Tensor>& inputs, const NormalizeOptions& o) {
  const Tensor& x = inputs[0];
  const Tensor reciprocal_deviation = rsqrt(reshape(inputs[3], statistics_shape(o)) + o.epsilon);
  const Tensor normal = (reshape(x, full_shape(o)) - reshape(inputs[2], statistics_shape(o))) * reciprocal_deviation;
  const Tensor inner = inputs.size() > 5 ? activation_grad(inputs[4], inputs[5], o.activation) : inputs[4];
  const Tensor dy = reshape(inner, full_shape(o));
  const Tensor dnormal = dy * reshape(inputs[1], parameter_shape(o));
  const Tensor dx =
      reciprocal_deviation * (dnormal - mean(dnormal, {1, 3}, true) - normal * mean(dnormal * normal, {1, 3}, true));
  const Shape parameters{o.groups * o.width};
  return {reshape(dx, x.shape()), reshape(sum(dy * normal, {0, 1}), parameters), reshape(sum(dy, {0, 1}), parameters)};
}

std::vector<Tensor> normalize_grad_gradient(const GradientCall& call) {
  const auto& o = call.options<NormalizeOptions>();
  return detail::composed_gradient(
      call, [&o](const std::vector<Tensor>& inputs) { return normalize_grad_composed(inputs, o); });
}

const Op normalize_grad_op{.name = "normalize_grad",
                           .shape = normalize_grad_shape,
                           .cpu = normalize_grad_cpu,
                           .cpu_scratch = normalize_grad_scratch,
                           .gpu = normalize_grad_gpu,
                           .gpu_scratch = normalize_grad_gpu_scratch,
                           .half = HalfOperands::pictures(1 | 16 | 32),
                           .gradient = normalize_grad_gradient};

/// What flows to x through the mean and the variance outputs.
Tensor statistics_gradient(const GradientCall& call) {
  const auto& o = call.options<NormalizeOptions>();
  const double count = static_cast<double>(o.rows * o.width);
  Tensor total;
  if (call.output_gradient(1).defined())
    total = zeros_like(reshape(call.input(0), full_shape(o))) +
            reshape(call.output_gradient(1) / count, statistics_shape(o));
  if (call.output_gradient(2).defined()) {
    const Tensor deviation = reshape(call.input(0), full_shape(o)) - reshape(call.output(1), statistics_shape(o));
    const Tensor part = deviation * reshape(call.output_gradient(2) * (2 / count), statistics_shape(o));
    total = total.defined() ? total + part : part;
  }
  return total.defined() ? reshape(total, call.input(0).shape()) : total;
}

std::vector<Tensor> normalize_gradient(const GradientCall& call) {
  const auto& o = call.options<NormalizeOptions>();
  std::vector<Tensor> result(3);
  if (call.output_gradient(0).defined()) {
    std::vector<Tensor> inputs{call.input(0), call.input(1), call.output(1), call.output(2), call.output_gradient(0)};
    if (o.activation.kind != Activation::kNone) inputs.push_back(call.output(0));
    result = apply_all(normalize_grad_op, inputs, o);
    result[1] = reshape(result[1], call.input(1).shape());
    result[2] = reshape(result[2], call.input(2).shape());
  }
  const Tensor more = call.needs(0) ? statistics_gradient(call) : Tensor();
  if (more.defined()) result[0] = result[0].defined() ? result[0] + more : more;
  return result;
}

const Op normalize_op{.name = "normalize",
                      .shape = normalize_shape,
                      .cpu = normalize_cpu,
                      .cpu_scratch = normalize_scratch,
                      .gpu = normalize_gpu,
                      .gpu_scratch = normalize_gpu_scratch,
                      .half = HalfOperands::pictures(1),
                      .gradient = normalize_gradient};

NormalizeOptions layout(const char* name, std::int64_t outer, std::int64_t rows, std::int64_t groups,
                        std::int64_t width, const NormOptions& options) {
  if (outer * rows * groups * width == 0) throw Error(ErrorCode::kShape, name, "nothing to normalise");
  if (!(options.epsilon > 0)) throw Error(ErrorCode::kValue, name, "epsilon %g is not above 0", options.epsilon);
  if (options.activation.kind == Activation::kLeakyRelu && !(options.activation.slope > 0))
    throw Error(ErrorCode::kValue, name, "slope %g is not above 0", static_cast<double>(options.activation.slope));
  constexpr std::int64_t kBlockElements = 16384;
  constexpr std::int64_t kMostRows = 256;
  const std::int64_t block_rows =
      std::min(std::clamp(kBlockElements / (groups * width), std::int64_t{1}, kMostRows), rows);
  return {outer,           rows,
          groups,          width,
          options.epsilon, options.activation,
          block_rows,      (rows + block_rows - 1) / block_rows};
}

void check_channels(const char* name, const Tensor& x, int first_axis, int groups, const Tensor& scale,
                    const Tensor& bias) {
  if (x.shape().rank() <= first_axis) throw Error(ErrorCode::kShape, name, "x is %s", x.shape().text().c_str());
  const std::int64_t channels = x.shape()[-1];
  if (scale.shape() != Shape{channels} || bias.shape() != Shape{channels})
    throw Error(ErrorCode::kShape, name, "scale %s and bias %s for %lld channels", scale.shape().text().c_str(),
                bias.shape().text().c_str(), static_cast<long long>(channels));
  if (groups < 1 || channels % groups != 0)
    throw Error(ErrorCode::kShape, name, "%lld channels in %d groups", static_cast<long long>(channels), groups);
}

NormalizeOptions batch_layout(const Tensor& x, const Tensor& scale, const Tensor& bias, const NormOptions& options) {
  check_channels("batch_norm", x, 1, 1, scale, bias);
  return layout("batch_norm", 1, x.shape().product(0, x.shape().rank() - 1), x.shape()[-1], 1, options);
}

Tensor grouped(const char* name, const Tensor& x, int groups, const Tensor& scale, const Tensor& bias,
               const NormOptions& options) {
  check_channels(name, x, 1, groups, scale, bias);
  const Shape& shape = x.shape();
  const NormalizeOptions o =
      layout(name, shape[0], shape.product(1, shape.rank() - 1), groups, shape[-1] / groups, options);
  return apply_all(normalize_op, {x, scale, bias}, o)[0];
}

}  // namespace

BatchNormResult batch_norm(const Tensor& x, const Tensor& scale, const Tensor& bias, const NormOptions& options) {
  const std::vector<Tensor> r = apply_all(normalize_op, {x, scale, bias}, batch_layout(x, scale, bias, options));
  return {r[0], r[1], r[2]};
}

BatchNormResult batch_norm_composed(const Tensor& x, const Tensor& scale, const Tensor& bias,
                                    const NormOptions& options) {
  const std::vector<Tensor> r = normalize_composed(x, scale, bias, batch_layout(x, scale, bias, options));
  return {r[0], r[1], r[2]};
}

Tensor batch_norm_inference(const Tensor& x, const Tensor& scale, const Tensor& bias, const Tensor& mean,
                            const Tensor& variance, const NormOptions& options) {
  check_channels("batch_norm_inference", x, 1, 1, scale, bias);
  check_channels("batch_norm_inference", x, 1, 1, mean, variance);
  const Tensor factor = scale * rsqrt(variance + options.epsilon);
  return activate(x * factor + (bias - mean * factor), options.activation);
}

Tensor group_norm(const Tensor& x, int groups, const Tensor& scale, const Tensor& bias, const NormOptions& options) {
  return grouped("group_norm", x, groups, scale, bias, options);
}

Tensor instance_norm(const Tensor& x, const Tensor& scale, const Tensor& bias, const NormOptions& options) {
  if (x.shape().rank() < 1) throw Error(ErrorCode::kShape, "instance_norm", "x is %s", x.shape().text().c_str());
  return grouped("instance_norm", x, static_cast<int>(x.shape()[-1]), scale, bias, options);
}

Tensor layer_norm(const Tensor& x, const Tensor& scale, const Tensor& bias, const NormOptions& options) {
  const Shape& shape = x.shape();
  const int leading = shape.rank() - scale.shape().rank();
  bool fits = leading >= 0 && scale.shape().rank() > 0 && bias.shape() == scale.shape();
  for (int i = 0; fits && i < scale.shape().rank(); ++i) fits = shape[leading + i] == scale.shape()[i];
  if (!fits)
    throw Error(ErrorCode::kShape, "layer_norm", "scale %s and bias %s for x %s", scale.shape().text().c_str(),
                bias.shape().text().c_str(), shape.text().c_str());
  const NormalizeOptions o = layout("layer_norm", shape.product(0, leading), 1, 1, scale.shape().elements(), options);
  return apply_all(normalize_op, {x, scale, bias}, o)[0];
}

}  // namespace betwixt
