// SPDX-License-Identifier: MIT
#include "betwixt/ops/optimizer.h"

#include "betwixt/core/error.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/detail/optimizer_gpu.h"
#include "betwixt/ops/detail/optimizer_options.h"
#include "betwixt/ops/fill.h"
#include "betwixt/tensor/cpu_kernel.h"
#include "betwixt/tensor/op.h"

namespace betwixt {

BETWIXT_CPU_KERNEL(sgd_step_cpu)
BETWIXT_CPU_KERNEL(adam_step_cpu)
BETWIXT_CPU_KERNEL(ema_update_cpu)

namespace {

/// Input `input` must be of the parameters' type.
void check_like_parameters(const Node& node, int input) {
  const TensorType& type = node.input_type(0);
  if (type.dtype != DType::kF32 && type.dtype != DType::kF64)
    throw Error(ErrorCode::kDtype, node.op->name, "parameters are %s", dtype_name(type.dtype));
  if (node.input_type(input).dtype != type.dtype)
    throw Error(ErrorCode::kDtype, node.op->name, "input %d is %s, the parameters %s", input,
                dtype_name(node.input_type(input).dtype), dtype_name(type.dtype));
  if (node.input_shape(input) != type.shape)
    throw Error(ErrorCode::kShape, node.op->name, "input %d is %s, the parameters %s", input,
                node.input_shape(input).text().c_str(), type.shape.text().c_str());
}

void check_scalar(const Node& node, int input) {
  const TensorType& type = node.input_type(input);
  if (type.shape.elements() != 1)
    throw Error(ErrorCode::kShape, node.op->name, "input %d is %s, not [1]", input, type.shape.text().c_str());
  if (type.dtype != DType::kF32 && type.dtype != node.input_type(0).dtype)
    throw Error(ErrorCode::kDtype, node.op->name, "input %d is %s", input, dtype_name(type.dtype));
}

void check_between(const char* name, const char* what, double value, double low, double high) {
  if (!(value >= low && value <= high))
    throw Error(ErrorCode::kValue, name, "%s %g is outside [%g, %g]", what, value, low, high);
}

/// (parameters, gradient, learning rate, enable[, buffer]).
std::vector<TensorType> sgd_shape(const Node& node) {
  const auto& options = node.options<SgdOptions>();
  check_between("sgd_step", "momentum", options.momentum, 0, 1);
  check_between("sgd_step", "weight_decay", options.weight_decay, 0, 1e9);
  check_like_parameters(node, 1);
  check_scalar(node, 2);
  check_scalar(node, 3);
  if (node.input_count() < 5) return {node.input_type(0)};
  check_like_parameters(node, 4);
  return {node.input_type(0), node.input_type(0)};
}

std::uint32_t sgd_in_place(const Node&, int output) { return output == 0 ? 1u << 0 : 1u << 4; }

/// (parameters, gradient, m, v, step, learning rate, enable).
std::vector<TensorType> adam_shape(const Node& node) {
  const auto& options = node.options<AdamOptions>();
  check_between("adam_step", "beta1", options.beta1, 0, 0.9999999);
  check_between("adam_step", "beta2", options.beta2, 0, 0.9999999);
  check_between("adam_step", "epsilon", options.epsilon, 0, 1);
  check_between("adam_step", "weight_decay", options.weight_decay, 0, 1e9);
  for (int i = 1; i < 4; ++i) check_like_parameters(node, i);
  if (node.input_shape(4).elements() != 1)
    throw Error(ErrorCode::kShape, "adam_step", "the step is %s, not [1]", node.input_shape(4).text().c_str());
  if (node.input_type(4).dtype != DType::kU32)
    throw Error(ErrorCode::kDtype, "adam_step", "the step is %s, not u32", dtype_name(node.input_type(4).dtype));
  check_scalar(node, 5);
  check_scalar(node, 6);
  return {node.input_type(0), node.input_type(0), node.input_type(0)};
}

std::uint32_t adam_in_place(const Node&, int output) { return output == 0 ? 1u << 0 : 1u << (output + 1); }

std::vector<TensorType> ema_shape(const Node& node) {
  check_between("ema_update", "decay", node.options<EmaOptions>().decay, 0, 1);
  check_like_parameters(node, 1);
  return {node.input_type(0)};
}

std::vector<Tensor> ema_gradient(const GradientCall& call) {
  const double decay = call.options<EmaOptions>().decay;
  const Tensor& g = call.output_gradient();
  return {call.needs(0) ? g * decay : Tensor(), call.needs(1) ? g * (1 - decay) : Tensor()};
}

std::uint32_t ema_in_place(const Node&, int) { return 3; }

const Op sgd_step_op{.name = "sgd_step",
                     .shape = sgd_shape,
                     .cpu = sgd_step_cpu,
                     .gpu = sgd_step_gpu,
                     .gpu_scratch = sgd_step_gpu_scratch,
                     .in_place = sgd_in_place};
const Op adam_step_op{.name = "adam_step",
                      .shape = adam_shape,
                      .cpu = adam_step_cpu,
                      .gpu = adam_step_gpu,
                      .gpu_scratch = adam_step_gpu_scratch,
                      .in_place = adam_in_place};
const Op ema_update_op{.name = "ema_update",
                       .shape = ema_shape,
                       .cpu = ema_update_cpu,
                       .gpu = ema_update_gpu,
                       .gradient = ema_gradient,
                       .in_place = ema_in_place};

Tensor or_always(const Tensor& enable) { return enable.defined() ? enable : fill(1, Shape{1}); }

}  // namespace

SgdResult sgd_step(const Tensor& parameters, const Tensor& gradient, const Tensor& buffer, const Tensor& learning_rate,
                   const SgdOptions& options, const Tensor& enable) {
  std::vector<Tensor> inputs{parameters, gradient, learning_rate, or_always(enable)};
  if (options.momentum != 0) inputs.push_back(buffer);
  const std::vector<Tensor> result = apply_all(sgd_step_op, inputs, options);
  return {result[0], result.size() > 1 ? result[1] : Tensor()};
}

AdamResult adam_step(const Tensor& parameters, const Tensor& gradient, const Tensor& first_moment,
                     const Tensor& second_moment, const Tensor& step, const Tensor& learning_rate,
                     const AdamOptions& options, const Tensor& enable) {
  const std::vector<Tensor> result =
      apply_all(adam_step_op,
                {parameters, gradient, first_moment, second_moment, step, learning_rate, or_always(enable)}, options);
  return {result[0], result[1], result[2]};
}

Tensor ema_update(const Tensor& average, const Tensor& value, double decay) {
  return apply(ema_update_op, {average, value}, EmaOptions{decay});
}

}  // namespace betwixt
