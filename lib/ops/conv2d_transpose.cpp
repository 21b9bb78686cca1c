// SPDX-License-Identifier: MIT
#include "betwixt/ops/conv2d_transpose.h"

#include "betwixt/core/error.h"
#include "betwixt/ops/activation_grad.h"
#include "betwixt/ops/detail/conv2d_fused.h"
#include "betwixt/ops/detail/conv2d_gpu.h"
#include "betwixt/ops/detail/conv2d_options.h"
#include "betwixt/tensor/cpu_kernel.h"
#include "betwixt/tensor/op.h"

namespace betwixt {

BETWIXT_CPU_KERNEL(conv2d_transpose_cpu)

namespace {

constexpr const char* kName = "conv2d_transpose";

std::vector<TensorType> transpose_shape(const Node& node) {
  const auto& o = node.options<Conv2dNode>();
  const DType type = node.input_type(0).dtype;
  if (type != DType::kF32 && type != DType::kF64)
    throw Error(ErrorCode::kDtype, kName, "%s is not f32 or f64", dtype_name(type));
  detail::check_conv2d(kName, o);
  if (!(node.input_shape(1) == detail::conv2d_weight_shape(o)))
    throw Error(ErrorCode::kShape, kName, "weight does not fit")
        .expected("%s", detail::conv2d_weight_shape(o).text().c_str())
        .found("%s", node.input_shape(1).text().c_str());
  if (node.input_count() > 2 && !(node.input_shape(2) == Shape{o.in}))
    throw Error(ErrorCode::kShape, kName, "bias is %s, result has %lld channels", node.input_shape(2).text().c_str(),
                static_cast<long long>(o.in));
  for (int i = 1; i < node.input_count(); ++i)
    if (node.input_type(i).dtype != type)
      throw Error(ErrorCode::kDtype, kName, "input %d is %s", i, dtype_name(node.input_type(i).dtype))
          .expected("%s", dtype_name(type));
  return {{{node.input_shape(0)[0], o.height, o.width, o.in}, type}};
}

std::size_t transpose_scratch(const Node& node, int threads) {
  return detail::conv2d_grad_input_op.cpu_scratch(node, threads);
}

std::size_t transpose_prepared(const Node& node) { return detail::conv2d_grad_input_op.cpu_prepared(node); }

std::vector<Tensor> transpose_gradient(const GradientCall& call) {
  const auto& o = call.options<Conv2dNode>();
  const Tensor dz = activation_grad(call.output_gradient(), call.result, o.conv.activation);
  std::vector<Tensor> result(static_cast<std::size_t>(call.node.input_count()));
  if (call.needs(0)) result[0] = detail::conv2d_map(dz, call.input(1), o);
  if (call.needs(1)) result[1] = detail::conv2d_weight_map(dz, call.input(0), o);
  if (call.node.input_count() > 2 && call.needs(2)) result[2] = detail::channel_sum(dz);
  return result;
}

const Op conv2d_transpose_op{.name = kName,
                             .shape = transpose_shape,
                             .cpu = conv2d_transpose_cpu,
                             .cpu_scratch = transpose_scratch,
                             .cpu_prepared = transpose_prepared,
                             .gpu = conv2d_grad_input_gpu,
                             .gpu_scratch = conv2d_grad_input_gpu_scratch,
                             .half = HalfOperands::product(),
                             .gradient = transpose_gradient};

void require_rank(const Tensor& x, const char* name) {
  if (!x.defined()) throw Error(ErrorCode::kArgument, kName, "%s is undefined", name);
  if (x.shape().rank() != 4)
    throw Error(ErrorCode::kShape, kName, "%s has rank %d", name, x.shape().rank()).expected("rank 4");
}

}  // namespace

Tensor conv2d_transpose(const Tensor& x, const Tensor& weight, const Tensor& bias,
                        const Conv2dTransposeOptions& options) {
  require_rank(x, "picture");
  require_rank(weight, "weight");
  if (options.output_padding < 0 || (options.output_padding > 0 && options.output_padding >= options.stride))
    throw Error(ErrorCode::kArgument, kName, "output padding %d is not below stride %d", options.output_padding,
                options.stride);
  const auto size = [&](int axis, int before, int after) {
    return (x.shape()[axis] - 1) * options.stride - before - after +
           std::int64_t{options.dilation} * (weight.shape()[axis - 1] - 1) + options.output_padding + 1;
  };
  const Padding& p = options.padding;
  const Conv2dNode node{{options.stride, p, options.dilation, options.groups, 1, options.activation},
                        size(1, p.top, p.bottom),
                        size(2, p.left, p.right),
                        weight.shape()[0],
                        weight.shape()[1],
                        weight.shape()[3] * options.groups,
                        x.shape()[3],
                        true};
  if (!bias.defined()) return apply(conv2d_transpose_op, {x, weight}, node);
  return apply(conv2d_transpose_op, {x, weight, bias}, node);
}

}  // namespace betwixt
