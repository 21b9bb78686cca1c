// SPDX-License-Identifier: MIT
#include "betwixt/ops/conv2d.h"

#include <numeric>

#include "betwixt/core/error.h"
#include "betwixt/ops/activation_grad.h"
#include "betwixt/ops/detail/conv2d_fused.h"
#include "betwixt/ops/detail/conv2d_gpu.h"
#include "betwixt/ops/detail/conv2d_options.h"
#include "betwixt/ops/detail/conv_plan.h"
#include "betwixt/ops/detail/reduce_loop.h"
#include "betwixt/ops/reduce.h"
#include "betwixt/tensor/cpu_kernel.h"
#include "betwixt/tensor/op.h"

namespace betwixt {

BETWIXT_CPU_KERNEL(conv2d_cpu)
BETWIXT_CPU_KERNEL(conv2d_grad_input_cpu)
BETWIXT_CPU_KERNEL(conv2d_grad_weight_cpu)

namespace {

constexpr int kMostStride = 32;
constexpr int kMostUpsample = 16;
constexpr int kMostPixels = 1 << 20;  // padding, dilation

void require(bool fact, const char* operation, const char* name, int value) {
  if (!fact) throw Error(ErrorCode::kArgument, operation, "%s %d is not possible", name, value);
}

void require_rank(const Tensor& x, int rank, const char* operation, const char* name) {
  if (!x.defined()) throw Error(ErrorCode::kArgument, operation, "%s is undefined", name);
  if (x.shape().rank() != rank)
    throw Error(ErrorCode::kShape, operation, "%s has rank %d", name, x.shape().rank()).expected("rank %d", rank);
}

void check_type(const Node& node) {
  const DType type = node.input_type(0).dtype;
  if (type != DType::kF32 && type != DType::kF64)
    throw Error(ErrorCode::kDtype, node.op->name, "%s is not f32 or f64", dtype_name(type));
  for (int i = 1; i < node.input_count(); ++i)
    if (node.input_type(i).dtype != type)
      throw Error(ErrorCode::kDtype, node.op->name, "input %d is %s", i, dtype_name(node.input_type(i).dtype))
          .expected("%s", dtype_name(type));
}

void check_shape(const Node& node, int input, const char* name, const Shape& expected) {
  const Shape& found = node.input_shape(input);
  if (!(found == expected))
    throw Error(ErrorCode::kShape, node.op->name, "%s does not fit", name)
        .expected("%s", expected.text().c_str())
        .found("%s", found.text().c_str());
}

Shape result_shape(const Conv2dNode& o, std::int64_t batch) {
  const Padding& p = o.conv.padding;
  return {batch, detail::conv2d_output(o.height, o.kernel_height, p.top, p.bottom, o.conv),
          detail::conv2d_output(o.width, o.kernel_width, p.left, p.right, o.conv), o.out};
}

std::vector<TensorType> conv2d_shape(const Node& node) {
  const auto& o = node.options<Conv2dNode>();
  detail::check_conv2d("conv2d", o);
  check_type(node);
  const std::int64_t batch = node.input_shape(0)[0];
  check_shape(node, 0, "picture", {batch, o.height, o.width, o.in});
  check_shape(node, 1, "weight", detail::conv2d_weight_shape(o));
  if (node.input_count() > 2) check_shape(node, 2, "bias", {o.out});
  return {{result_shape(o, batch), node.input_type(0).dtype}};
}

std::vector<TensorType> grad_input_shape(const Node& node) {
  const auto& o = node.options<Conv2dNode>();
  detail::check_conv2d("conv2d_grad_input", o);
  check_type(node);
  const std::int64_t batch = node.input_shape(0)[0];
  check_shape(node, 0, "dy", result_shape(o, batch));
  check_shape(node, 1, "weight", detail::conv2d_weight_shape(o));
  return {{{batch, o.height, o.width, o.in}, node.input_type(0).dtype}};
}

std::vector<TensorType> grad_weight_shape(const Node& node) {
  const auto& o = node.options<Conv2dNode>();
  detail::check_conv2d("conv2d_grad_weight", o);
  check_type(node);
  const std::int64_t batch = node.input_shape(0)[0];
  check_shape(node, 0, "picture", {batch, o.height, o.width, o.in});
  check_shape(node, 1, "dy", result_shape(o, batch));
  return {{detail::conv2d_weight_shape(o), node.input_type(0).dtype}};
}

std::size_t conv2d_scratch(const Node& node, int threads) {
  return detail::conv_scratch_bytes(detail::forward_plan(node.options<Conv2dNode>(), node.input_shape(0)[0]),
                                    node.output_type().dtype, threads);
}
std::size_t conv2d_prepared(const Node& node) {
  return detail::conv_prepared_bytes(detail::forward_plan(node.options<Conv2dNode>(), node.input_shape(0)[0]),
                                     node.output_type().dtype);
}
std::size_t grad_input_prepared(const Node& node) {
  return detail::conv_prepared_bytes(detail::input_plan(node.options<Conv2dNode>(), node.input_shape(0)[0]),
                                     node.output_type().dtype);
}
std::size_t grad_input_scratch(const Node& node, int threads) {
  return detail::conv_scratch_bytes(detail::input_plan(node.options<Conv2dNode>(), node.input_shape(0)[0]),
                                    node.output_type().dtype, threads);
}
std::size_t grad_weight_scratch(const Node& node, int threads) {
  return detail::weight_scratch_bytes(node.options<Conv2dNode>(), node.input_shape(0)[0], node.output_type().dtype,
                                      threads);
}

std::vector<Tensor> conv2d_gradient(const GradientCall& call) {
  const auto& o = call.options<Conv2dNode>();
  const Tensor dz = activation_grad(call.output_gradient(), call.result, o.conv.activation);
  std::vector<Tensor> result(static_cast<std::size_t>(call.node.input_count()));
  if (call.needs(0)) result[0] = detail::conv2d_input_map(dz, call.input(1), o);
  if (call.needs(1)) result[1] = detail::conv2d_weight_map(call.input(0), dz, o);
  if (call.node.input_count() > 2 && call.needs(2)) result[2] = detail::channel_sum(dz);
  return result;
}

std::vector<Tensor> grad_input_gradient(const GradientCall& call) {
  const auto& o = call.options<Conv2dNode>();
  const Tensor& g = call.output_gradient();
  return {call.needs(0) ? detail::conv2d_map(g, call.input(1), o) : Tensor(),
          call.needs(1) ? detail::conv2d_weight_map(g, call.input(0), o) : Tensor()};
}

std::vector<Tensor> grad_weight_gradient(const GradientCall& call) {
  const auto& o = call.options<Conv2dNode>();
  const Tensor& g = call.output_gradient();
  return {call.needs(0) ? detail::conv2d_input_map(call.input(1), g, o) : Tensor(),
          call.needs(1) ? detail::conv2d_map(call.input(0), g, o) : Tensor()};
}

}  // namespace

namespace detail {

const Op conv2d_op{.name = "conv2d",
                   .shape = conv2d_shape,
                   .cpu = conv2d_cpu,
                   .cpu_scratch = conv2d_scratch,
                   .cpu_prepared = conv2d_prepared,
                   .gpu = conv2d_gpu,
                   .gpu_scratch = conv2d_gpu_scratch,
                   .half = HalfOperands::product(),
                   .gradient = conv2d_gradient,
                   .fuse = fuse_folded_weights};
const Op conv2d_grad_input_op{.name = "conv2d_grad_input",
                              .shape = grad_input_shape,
                              .cpu = conv2d_grad_input_cpu,
                              .cpu_scratch = grad_input_scratch,
                              .cpu_prepared = grad_input_prepared,
                              .gpu = conv2d_grad_input_gpu,
                              .gpu_scratch = conv2d_grad_input_gpu_scratch,
                              .half = HalfOperands::product(),
                              .gradient = grad_input_gradient};
const Op conv2d_grad_weight_op{.name = "conv2d_grad_weight",
                               .shape = grad_weight_shape,
                               .cpu = conv2d_grad_weight_cpu,
                               .cpu_scratch = grad_weight_scratch,
                               .gpu = conv2d_grad_weight_gpu,
                               .gpu_scratch = conv2d_grad_weight_gpu_scratch,
                               .half = HalfOperands::sums(3),
                               .gradient = grad_weight_gradient,
                               .fuse = fuse_bias_gradient};

std::int64_t conv2d_output(std::int64_t size, std::int64_t kernel, int before, int after,
                           const Conv2dOptions& options) {
  const std::int64_t room = size * options.upsample + before + after - options.dilation * (kernel - 1) - 1;
  return room < 0 ? 0 : room / options.stride + 1;
}

Shape conv2d_weight_shape(const Conv2dNode& o) {
  const std::int64_t in = o.in / o.conv.groups;
  if (o.transposed_weight) return {o.kernel_height, o.kernel_width, o.out, in};
  return {o.kernel_height, o.kernel_width, in, o.out};
}

void check_conv2d(const char* operation, const Conv2dNode& o) {
  const Conv2dOptions& c = o.conv;
  require(c.stride >= 1 && c.stride <= kMostStride, operation, "stride", c.stride);
  require(c.upsample >= 1 && c.upsample <= kMostUpsample, operation, "upsample", c.upsample);
  require(c.dilation >= 1 && c.dilation <= kMostPixels, operation, "dilation", c.dilation);
  require(c.groups >= 1, operation, "groups", c.groups);
  for (const int side : {c.padding.top, c.padding.bottom, c.padding.left, c.padding.right})
    require(side >= 0 && side <= kMostPixels, operation, "padding", side);
  if (c.activation.kind == Activation::kLeakyRelu && !(c.activation.slope > 0))
    throw Error(ErrorCode::kArgument, operation, "slope %g is not above 0", static_cast<double>(c.activation.slope));
  if (o.height < 1 || o.width < 1 || o.kernel_height < 1 || o.kernel_width < 1 || o.in < 1 || o.out < 1)
    throw Error(ErrorCode::kShape, operation, "picture or kernel without elements");
  const std::int64_t groups = c.groups;
  if (o.in % groups != 0 || o.out % groups != 0)
    throw Error(ErrorCode::kShape, operation, "%d groups do not divide %lld and %lld channels", c.groups,
                static_cast<long long>(o.in), static_cast<long long>(o.out));
  const std::int64_t phases = c.upsample / std::gcd(c.upsample, c.stride);
  if (o.kernel_height * phases > kMaxConvTaps || o.kernel_width * phases > kMaxConvTaps)
    throw Error(ErrorCode::kLimit, operation, "kernel %lld x %lld", static_cast<long long>(o.kernel_height),
                static_cast<long long>(o.kernel_width))
        .limit("taps along a side");
  const Padding& p = c.padding;
  if (conv2d_output(o.height, o.kernel_height, p.top, p.bottom, c) < 1 ||
      conv2d_output(o.width, o.kernel_width, p.left, p.right, c) < 1)
    throw Error(ErrorCode::kShape, operation, "kernel %lld x %lld does not fit into the picture %lld x %lld",
                static_cast<long long>(o.kernel_height), static_cast<long long>(o.kernel_width),
                static_cast<long long>(o.height), static_cast<long long>(o.width));
}

Tensor conv2d_map(const Tensor& x, const Tensor& weight, Conv2dNode node) {
  node.conv.activation = {};
  return apply(detail::conv2d_op, {x, weight}, node);
}
Tensor conv2d_input_map(const Tensor& dy, const Tensor& weight, Conv2dNode node) {
  node.conv.activation = {};
  return apply(detail::conv2d_grad_input_op, {dy, weight}, node);
}
Tensor conv2d_weight_map(const Tensor& x, const Tensor& dy, Conv2dNode node) {
  node.conv.activation = {};
  return apply(detail::conv2d_grad_weight_op, {x, dy}, node);
}

Tensor channel_sum(const Tensor& x) {
  std::vector<int> axes;
  for (int i = 0; i + 1 < x.shape().rank(); ++i) axes.push_back(i);
  return axes.empty() ? x : sum(x, axes);
}

bool is_channel_sum(const Node& sum, const Tensor& x) {
  if (sum.inputs.size() != 1 || sum.inputs[0] != x || x.shape().rank() < 2) return false;
  if (sum.op != channel_sum(x).node().op) return false;
  const auto& axes = sum.options<ReduceOptions>();
  bool all = !axes.keep && !axes.reduces(x.shape().rank() - 1);
  for (int i = 0; i + 1 < x.shape().rank(); ++i) all = all && axes.reduces(i);
  return all;
}

}  // namespace detail

Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias, const Conv2dOptions& options) {
  require_rank(x, 4, "conv2d", "picture");
  require_rank(weight, 4, "conv2d", "weight");
  const Conv2dNode node{options,           x.shape()[1], x.shape()[2],      weight.shape()[0],
                        weight.shape()[1], x.shape()[3], weight.shape()[3], false};
  if (!bias.defined()) return apply(detail::conv2d_op, {x, weight}, node);
  return apply(detail::conv2d_op, {x, weight, bias}, node);
}

Tensor conv2d_grad_input(const Tensor& dy, const Tensor& weight, const Conv2dOptions& options, std::int64_t height,
                         std::int64_t width) {
  require_rank(dy, 4, "conv2d_grad_input", "dy");
  require_rank(weight, 4, "conv2d_grad_input", "weight");
  return detail::conv2d_input_map(dy, weight,
                                  {options, height, width, weight.shape()[0], weight.shape()[1],
                                   weight.shape()[2] * options.groups, weight.shape()[3], false});
}

Tensor conv2d_grad_weight(const Tensor& x, const Tensor& dy, const Conv2dOptions& options, std::int64_t kernel_height,
                          std::int64_t kernel_width) {
  require_rank(x, 4, "conv2d_grad_weight", "picture");
  require_rank(dy, 4, "conv2d_grad_weight", "dy");
  return detail::conv2d_weight_map(
      x, dy, {options, x.shape()[1], x.shape()[2], kernel_height, kernel_width, x.shape()[3], dy.shape()[3], false});
}

}  // namespace betwixt
