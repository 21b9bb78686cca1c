// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/conv2d_fused.h"

#include <algorithm>

#include "betwixt/core/error.h"
#include "betwixt/ops/detail/conv2d_gpu.h"
#include "betwixt/ops/detail/conv2d_options.h"
#include "betwixt/ops/detail/fused_reference.h"
#include "betwixt/tensor/cpu_kernel.h"

// Ops made by fusion only, so they need no gradient. Most of them run on the GPU and have plain CPU kernels for tests
// of the shaders.

namespace betwixt {

BETWIXT_CPU_KERNEL(conv2d_grad_input_activation_cpu)

namespace {

using detail::conv2d_grad_input_op;
using detail::conv2d_grad_weight_op;
using detail::conv2d_op;

/// Runs the CPU kernel of `op`, with other options, on the buffers of `call`.
void run_plain(const Op& op, const CpuCall& call, std::size_t inputs, const Conv2dNode& options) {
  const std::vector<Tensor> its(call.node.inputs.begin(),
                                call.node.inputs.begin() + static_cast<std::ptrdiff_t>(inputs));
  const Tensor plain = apply(op, its, options);
  op.cpu.best(Isa::kBaseline)({plain.node(), call.inputs, call.outputs, call.scratch, call.pool, call.prepared});
}

Conv2dNode without_activation(Conv2dNode node) {
  node.conv.activation = {};
  return node;
}

/// Input 2 is the result of the activation whose derivative is taken along: of the result's shape.
std::vector<TensorType> with_slope_shape(const Op& product, const Node& node) {
  const std::vector<TensorType> result =
      apply(product, {node.inputs[0], node.inputs[1]}, node.option_data).node().outputs;
  if (!(node.input_shape(2) == result[0].shape))
    throw Error(ErrorCode::kShape, node.op->name, "an activation of %s", node.input_shape(2).text().c_str())
        .expected("%s", result[0].shape.text().c_str());
  return result;
}

std::vector<TensorType> slope_shape(const Node& node) { return with_slope_shape(conv2d_op, node); }
std::vector<TensorType> grad_input_slope_shape(const Node& node) {
  return with_slope_shape(conv2d_grad_input_op, node);
}
void slope_reference(const CpuCall& call) {
  const auto& options = call.options<Conv2dNode>();
  run_plain(conv2d_op, call, 2, without_activation(options));
  detail::multiply_by_slope(call, 2, options.conv.activation);
}

std::size_t plain_scratch(const Node& node, int threads) { return conv2d_op.cpu_scratch(node, threads); }
std::size_t plain_prepared(const Node& node) { return conv2d_op.cpu_prepared(node); }
std::size_t grad_input_scratch(const Node& node, int threads) {
  return conv2d_grad_input_op.cpu_scratch(node, threads);
}
std::size_t grad_input_prepared(const Node& node) { return conv2d_grad_input_op.cpu_prepared(node); }
std::size_t grad_weight_scratch(const Node& node, int threads) {
  return conv2d_grad_weight_op.cpu_scratch(node, threads);
}

const Op conv2d_activation_grad_op{.name = "conv2d_activation_grad",
                                   .shape = slope_shape,
                                   .cpu = {{&slope_reference}},
                                   .cpu_scratch = plain_scratch,
                                   .cpu_prepared = plain_prepared,
                                   .plain_cpu = true,
                                   .gpu = conv2d_activation_grad_gpu,
                                   .gpu_scratch = conv2d_gpu_scratch,
                                   .half = HalfOperands::product()};
const Op conv2d_grad_input_activation_op{.name = "conv2d_grad_input_activation",
                                         .shape = grad_input_slope_shape,
                                         .cpu = conv2d_grad_input_activation_cpu,
                                         .cpu_scratch = grad_input_scratch,
                                         .cpu_prepared = grad_input_prepared,
                                         .gpu = conv2d_grad_input_activation_gpu,
                                         .gpu_scratch = conv2d_grad_input_gpu_scratch,
                                         .half = HalfOperands::product()};

std::vector<TensorType> grad_weight_bias_shape(const Node& node) {
  std::vector<TensorType> result = conv2d_grad_weight_op.shape(node);
  result.push_back({{node.options<Conv2dNode>().out}, result[0].dtype});
  return result;
}

void grad_weight_bias_reference(const CpuCall& call) {
  run_plain(conv2d_grad_weight_op, call, 2, without_activation(call.options<Conv2dNode>()));
  detail::sum_channels(call, 1);
}

const Op conv2d_grad_weight_bias_op{.name = "conv2d_grad_weight_bias",
                                    .shape = grad_weight_bias_shape,
                                    .cpu = {{&grad_weight_bias_reference}},
                                    .cpu_scratch = grad_weight_scratch,
                                    .plain_cpu = true,
                                    .gpu = conv2d_grad_weight_gpu,
                                    .gpu_scratch = conv2d_grad_weight_gpu_scratch,
                                    .half = HalfOperands::sums(3)};

std::int64_t folded_taps(std::int64_t kernel, const Conv2dNode& o) { return kernel + o.conv.upsample - 1; }

Shape folded_shape(const Conv2dNode& o) {
  return {folded_taps(o.kernel_height, o), folded_taps(o.kernel_width, o), o.in, o.out};
}

std::vector<TensorType> folding_shape(const Node& node) {
  std::vector<TensorType> result = conv2d_op.shape(node);
  result.push_back({folded_shape(node.options<Conv2dNode>()), result[0].dtype});
  return result;
}

/// Of tap `index` along an axis: the kernel's elements that are added.
struct Elements {
  std::int64_t begin, end;
  Elements(std::int64_t index, std::int64_t kernel, int factor)
      : begin(std::max<std::int64_t>(kernel - 1 - index, 0)), end(std::min(kernel - 1 - index + factor, kernel)) {}
};

float folded_value(const float* weight, const Conv2dNode& o, const Elements& rows, const Elements& columns,
                   std::int64_t at) {
  float sum = 0;
  for (std::int64_t y = rows.begin; y < rows.end; ++y)
    for (std::int64_t x = columns.begin; x < columns.end; ++x)
      sum += weight[(y * o.kernel_width + x) * o.in * o.out + at];
  return sum;
}

void folding_reference(const CpuCall& call) {
  const auto& o = call.options<Conv2dNode>();
  run_plain(conv2d_op, call, call.node.inputs.size(), o);
  const std::int64_t tap = o.in * o.out;
  float* folded = call.out<float>(1);
  for (std::int64_t y = 0; y < folded_taps(o.kernel_height, o); ++y)
    for (std::int64_t x = 0; x < folded_taps(o.kernel_width, o); ++x)
      for (std::int64_t i = 0; i < tap; ++i)
        *folded++ = folded_value(call.in<float>(1), o, {y, o.kernel_height, o.conv.upsample},
                                 {x, o.kernel_width, o.conv.upsample}, i);
}

const Op conv2d_folding_op{.name = "conv2d_folding",
                           .shape = folding_shape,
                           .cpu = {{&folding_reference}},
                           .cpu_scratch = plain_scratch,
                           .cpu_prepared = plain_prepared,
                           .plain_cpu = true,
                           .gpu = conv2d_gpu,
                           .gpu_scratch = conv2d_gpu_scratch,
                           .half = {.inputs = 7, .outputs = 3, .weights = 2}};

bool is_same_map(const Conv2dNode& a, const Conv2dNode& b) {
  const Padding &p = a.conv.padding, &q = b.conv.padding;
  return a.height == b.height && a.width == b.width && a.kernel_height == b.kernel_height &&
         a.kernel_width == b.kernel_width && a.in == b.in && a.out == b.out && a.conv.upsample == b.conv.upsample &&
         a.conv.stride == b.conv.stride && a.conv.dilation == b.conv.dilation && a.conv.groups == b.conv.groups &&
         p.top == q.top && p.bottom == q.bottom && p.left == q.left && p.right == q.right &&
         a.transposed_weight == b.transposed_weight;
}

bool may_fold(const Conv2dNode& o) {
  const Padding& p = o.conv.padding;
  const auto fits = [](int side, std::int64_t kernel) { return side < kernel; };
  return o.conv.upsample > 1 && o.conv.stride == 1 && o.conv.dilation == 1 && o.conv.groups == 1 &&
         !o.transposed_weight && fits(p.top, o.kernel_height) && fits(p.bottom, o.kernel_height) &&
         fits(p.left, o.kernel_width) && fits(p.right, o.kernel_width);
}

/// The gradient in the picture as a convolution of dy with the folded weights.
Conv2dNode transposed_map(const Conv2dNode& o, const Shape& dy) {
  const Padding& p = o.conv.padding;
  const auto rest = [](std::int64_t kernel, int side) { return static_cast<int>(kernel) - 1 - side; };
  Conv2dNode result = o;
  result.height = dy[1];
  result.width = dy[2];
  result.kernel_height = folded_taps(o.kernel_height, o);
  result.kernel_width = folded_taps(o.kernel_width, o);
  result.in = o.out;
  result.out = o.in;
  result.transposed_weight = true;
  result.conv.stride = o.conv.upsample;
  result.conv.upsample = 1;
  result.conv.padding = {rest(o.kernel_height, p.top), rest(o.kernel_height, p.bottom), rest(o.kernel_width, p.left),
                         rest(o.kernel_width, p.right)};
  return result;
}

}  // namespace

namespace detail {

std::vector<Tensor> conv2d_with_slope(const Node& activation_grad, const Node& producer) {
  if (producer.op != &conv2d_grad_input_op || producer.inputs.size() != 2) return {};
  if (&activation_grad.inputs[0].node() != &producer || &activation_grad.inputs[1].node() == &producer) return {};
  Conv2dNode node = producer.options<Conv2dNode>();
  // With a picture that is made only to be summed up there is no product to take the derivative along.
  if (node.conv.upsample > 1 && (node.conv.stride > 1 || node.conv.dilation > 1)) return {};
  node.conv.activation = activation_grad.options<ActivationOptions>();
  return {apply(conv2d_grad_input_activation_op, {producer.inputs[0], producer.inputs[1], activation_grad.inputs[1]},
                node)};
}

std::vector<Tensor> fuse_bias_gradient(const Node& weight, const Node& sum) {
  if (weight.inputs[1].dtype() != DType::kF32 || !is_channel_sum(sum, weight.inputs[1])) return {};
  return apply_all(conv2d_grad_weight_bias_op, weight.inputs, weight.option_data);
}

std::vector<Tensor> fuse_folded_weights(const Node& conv, const Node& grad_input) {
  const bool slope = grad_input.op == &conv2d_grad_input_activation_op;
  if (!slope && (grad_input.op != &conv2d_grad_input_op || grad_input.inputs.size() != 2)) return {};
  const auto& o = conv.options<Conv2dNode>();
  const auto& back = grad_input.options<Conv2dNode>();
  if (grad_input.inputs[1] != conv.inputs[1] || conv.inputs[1].dtype() != DType::kF32) return {};
  if (!may_fold(o) || !is_same_map(o, back)) return {};
  const std::vector<Tensor> forward = apply_all(conv2d_folding_op, conv.inputs, conv.option_data);
  Conv2dNode map = transposed_map(o, grad_input.input_shape(0));
  map.conv.activation = slope ? back.conv.activation : ActivationOptions();
  std::vector<Tensor> inputs{grad_input.inputs[0], forward[1]};
  if (slope) inputs.push_back(grad_input.inputs[2]);
  return {forward[0], apply(slope ? conv2d_activation_grad_op : conv2d_op, inputs, map)};
}

}  // namespace detail
}  // namespace betwixt
