// SPDX-License-Identifier: MIT
#include "betwixt/ops/pool.h"

#include "betwixt/core/error.h"
#include "betwixt/ops/detail/pool_geometry.h"
#include "betwixt/tensor/cpu_kernel.h"
#include "betwixt/tensor/op.h"

namespace betwixt {

BETWIXT_CPU_KERNEL(max_pool_cpu)
BETWIXT_CPU_KERNEL(max_pool_grad_cpu)
BETWIXT_CPU_KERNEL(max_pool_placed_cpu)
BETWIXT_CPU_KERNEL(max_pool_grad_placed_cpu)
BETWIXT_CPU_KERNEL(max_pool_pick_cpu)
BETWIXT_CPU_KERNEL(avg_pool_cpu)
BETWIXT_CPU_KERNEL(avg_pool_grad_cpu)
void max_pool_gpu(GpuCall& call);
void max_pool_grad_gpu(GpuCall& call);
void max_pool_pick_gpu(GpuCall& call);
void avg_pool_gpu(GpuCall& call);
void avg_pool_grad_gpu(GpuCall& call);

namespace {

void check_options(const char* name, const PoolOptions& options) {
  for (std::size_t i = 0; i < 2; ++i) {
    if (options.kernel[i] < 1 || options.stride[i] < 1 || options.padding[i] < 0)
      throw Error(ErrorCode::kArgument, name, "kernel %d, stride %d, padding %d", options.kernel[i], options.stride[i],
                  options.padding[i]);
    if (2 * options.padding[i] > options.kernel[i])
      throw Error(ErrorCode::kArgument, name, "padding %d is more than half of kernel %d", options.padding[i],
                  options.kernel[i]);
  }
}

std::int64_t pooled_size(const char* name, std::int64_t size, int kernel, int stride, int padding, bool ceil_mode) {
  const std::int64_t room = size + 2 * padding - kernel;
  if (room < 0)
    throw Error(ErrorCode::kShape, name, "a window of %d does not fit %lld pixels with padding %d", kernel,
                static_cast<long long>(size), padding);
  std::int64_t count = (room + (ceil_mode ? stride - 1 : 0)) / stride + 1;
  if (ceil_mode && (count - 1) * stride >= size + padding) --count;
  return count;
}

PoolGeometry geometry(const char* name, const Shape& x, PoolOptions options) {
  if (x.rank() != 4) throw Error(ErrorCode::kShape, name, "a picture is [n,h,w,c], not %s", x.text().c_str());
  for (std::size_t i = 0; i < 2; ++i)
    if (options.stride[i] == 0) options.stride[i] = options.kernel[i];
  check_options(name, options);
  Shape pooled = x;
  for (int i = 0; i < 2; ++i) {
    const auto k = static_cast<std::size_t>(i);
    pooled = pooled.with(1 + i, pooled_size(name, x[1 + i], options.kernel[k], options.stride[k], options.padding[k],
                                            options.ceil_mode));
  }
  return {options, x, pooled};
}

void check_input(const Node& node, int input, const Shape& expected) {
  if (node.input_shape(input) != expected)
    throw Error(ErrorCode::kShape, node.op->name, "input %d is %s, not %s", input,
                node.input_shape(input).text().c_str(), expected.text().c_str());
  const DType type = node.input_type(input).dtype;
  if ((type != DType::kF32 && type != DType::kF64) || type != node.input_type(0).dtype)
    throw Error(ErrorCode::kDtype, node.op->name, "input %d is %s", input, dtype_name(type));
}

/// Types of five of the ops: each reads pictures (P) or pooled pictures (O) and gives one.
template <bool ReadsPicture, bool ReadsPooled, bool GivesPicture>
std::vector<TensorType> pool_shape(const Node& node) {
  const auto& g = node.options<PoolGeometry>();
  if (ReadsPicture) check_input(node, 0, g.picture);
  if (ReadsPooled) check_input(node, ReadsPicture ? 1 : 0, g.pooled);
  return {{GivesPicture ? g.picture : g.pooled, node.input_type(0).dtype}};
}

std::vector<TensorType> placed_shape(const Node& node) {
  std::vector<TensorType> result = pool_shape<true, false, false>(node);
  result.push_back({result[0].shape, DType::kU8});
  return result;
}

std::vector<TensorType> grad_placed_shape(const Node& node) {
  const auto& g = node.options<PoolGeometry>();
  check_input(node, 0, g.pooled);
  if (node.input_type(1) != TensorType{g.pooled, DType::kU8})
    throw Error(ErrorCode::kShape, node.op->name, "taps are %s %s", dtype_name(node.input_type(1).dtype),
                node.input_shape(1).text().c_str());
  return {{g.picture, node.input_type(0).dtype}};
}

std::vector<TensorType> pick_shape(const Node& node) {
  const auto& g = node.options<PoolGeometry>();
  check_input(node, 0, g.picture);
  check_input(node, 1, g.picture);
  return {{g.pooled, node.input_type(0).dtype}};
}

Tensor max_pool_grad(const Tensor& x, const Tensor& dy, const PoolGeometry& g);
Tensor max_pool_pick(const Tensor& x, const Tensor& values, const PoolGeometry& g);
Tensor avg_pool_node(const Tensor& x, const PoolGeometry& g);
Tensor avg_pool_grad(const Tensor& dy, const PoolGeometry& g);

std::vector<Tensor> max_pool_gradient(const GradientCall& call) {
  return {max_pool_grad(call.input(0), call.output_gradient(), call.options<PoolGeometry>())};
}

std::vector<Tensor> max_pool_grad_gradient(const GradientCall& call) {
  if (!call.needs(1)) return {Tensor(), Tensor()};
  return {Tensor(), max_pool_pick(call.input(0), call.output_gradient(), call.options<PoolGeometry>())};
}

std::vector<Tensor> max_pool_pick_gradient(const GradientCall& call) {
  if (!call.needs(1)) return {Tensor(), Tensor()};
  return {Tensor(), max_pool_grad(call.input(0), call.output_gradient(), call.options<PoolGeometry>())};
}

std::vector<Tensor> avg_pool_gradient(const GradientCall& call) {
  return {avg_pool_grad(call.output_gradient(), call.options<PoolGeometry>())};
}

std::vector<Tensor> avg_pool_grad_gradient(const GradientCall& call) {
  return {avg_pool_node(call.output_gradient(), call.options<PoolGeometry>())};
}

// Made by fusion only. The forward op notes which tap of a window is the largest, so that the gradient does not have to
// look at the picture: a byte instead of four times a number. Shaders look again.

/// x -> the largest elements, their taps.
const Op max_pool_placed_op{.name = "max_pool_placed", .shape = placed_shape, .cpu = max_pool_placed_cpu};
/// (gradient of the pooled picture, taps) -> gradient of x.
const Op max_pool_grad_placed_op{
    .name = "max_pool_grad_placed", .shape = grad_placed_shape, .cpu = max_pool_grad_placed_cpu};

std::vector<Tensor> fuse_with_gradient(const Node& pool, const Node& grad);

const Op max_pool_op{.name = "max_pool",
                     .shape = pool_shape<true, false, false>,
                     .cpu = max_pool_cpu,
                     .gpu = max_pool_gpu,
                     .half = HalfOperands::pictures(1),
                     .gradient = max_pool_gradient,
                     .fuse = fuse_with_gradient};
/// (x, gradient of the pooled picture) -> gradient of x.
const Op max_pool_grad_op{.name = "max_pool_grad",
                          .shape = pool_shape<true, true, true>,
                          .cpu = max_pool_grad_cpu,
                          .gpu = max_pool_grad_gpu,
                          .half = HalfOperands::pictures(3),
                          .gradient = max_pool_grad_gradient};
/// (x, values of x's shape) -> the value at each window's largest x: the adjoint of max_pool_grad.
const Op max_pool_pick_op{.name = "max_pool_pick",
                          .shape = pick_shape,
                          .cpu = max_pool_pick_cpu,
                          .gpu = max_pool_pick_gpu,
                          .half = HalfOperands::pictures(3),
                          .gradient = max_pool_pick_gradient};
const Op avg_pool_op{.name = "avg_pool",
                     .shape = pool_shape<true, false, false>,
                     .cpu = avg_pool_cpu,
                     .gpu = avg_pool_gpu,
                     .half = HalfOperands::pictures(1),
                     .gradient = avg_pool_gradient};
const Op avg_pool_grad_op{.name = "avg_pool_grad",
                          .shape = pool_shape<false, true, true>,
                          .cpu = avg_pool_grad_cpu,
                          .gpu = avg_pool_grad_gpu,
                          .half = HalfOperands::pictures(1),
                          .gradient = avg_pool_grad_gradient};

std::vector<Tensor> fuse_with_gradient(const Node& pool, const Node& grad) {
  if (grad.op != &max_pool_grad_op || grad.inputs[0] != pool.inputs[0]) return {};
  const auto& g = pool.options<PoolGeometry>();
  if (!has_places(g) || !(g == grad.options<PoolGeometry>())) return {};
  const std::vector<Tensor> placed = apply_all(max_pool_placed_op, pool.inputs, pool.option_data);
  return {placed[0], apply(max_pool_grad_placed_op, {grad.inputs[1], placed[1]}, g)};
}

Tensor max_pool_grad(const Tensor& x, const Tensor& dy, const PoolGeometry& g) {
  return apply(max_pool_grad_op, {x, dy}, g);
}
Tensor max_pool_pick(const Tensor& x, const Tensor& values, const PoolGeometry& g) {
  return apply(max_pool_pick_op, {x, values}, g);
}
Tensor avg_pool_node(const Tensor& x, const PoolGeometry& g) { return apply(avg_pool_op, {x}, g); }
Tensor avg_pool_grad(const Tensor& dy, const PoolGeometry& g) { return apply(avg_pool_grad_op, {dy}, g); }

}  // namespace

Tensor max_pool(const Tensor& x, const PoolOptions& options) {
  return apply(max_pool_op, {x}, geometry("max_pool", x.shape(), options));
}

Tensor avg_pool(const Tensor& x, const PoolOptions& options) {
  return avg_pool_node(x, geometry("avg_pool", x.shape(), options));
}

}  // namespace betwixt
