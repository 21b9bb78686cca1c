// SPDX-License-Identifier: MIT
#include "betwixt/ops/reduce.h"

#include <algorithm>

#include "betwixt/core/error.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/broadcast_to.h"
#include "betwixt/ops/detail/reduce_gpu.h"
#include "betwixt/ops/detail/reduce_loop.h"
#include "betwixt/ops/reshape.h"
#include "betwixt/ops/unary.h"
#include "betwixt/tensor/cpu_kernel.h"
#include "betwixt/tensor/op.h"

namespace betwixt {

BETWIXT_CPU_KERNEL(sum_cpu)
BETWIXT_CPU_KERNEL(max_cpu)
BETWIXT_CPU_KERNEL(min_cpu)
BETWIXT_CPU_KERNEL(argmax_cpu)
BETWIXT_CPU_KERNEL(argmin_cpu)
BETWIXT_CPU_KERNEL(first_equal_cpu)

namespace {

void append(LoopAxes& axes, std::int64_t size, std::int64_t stride, bool merges) {
  if (merges) {
    axes.size[axes.rank - 1] *= size;
    axes.stride[axes.rank - 1] = stride;
    return;
  }
  axes.size[axes.rank] = size;
  axes.stride[axes.rank++] = stride;
}

/// Enough groups to keep many threads busy when there are few results, but never for little work.
void choose_groups(ReduceLoop& loop, std::int64_t elements) {
  const std::int64_t terms = loop.terms();
  const std::int64_t units = loop.kept.count() * loop.tiles();
  loop.groups = 1;
  if (elements > 1 << 17 && units < 32) loop.groups = std::clamp<std::int64_t>(elements >> 15, 1, 64);
  loop.groups = std::max<std::int64_t>(1, std::min(loop.groups, terms));
  loop.terms_per_group = (terms + loop.groups - 1) / loop.groups;
  if (loop.terms_per_group > 0) loop.groups = (terms + loop.terms_per_group - 1) / loop.terms_per_group;
}

}  // namespace

std::int64_t LoopAxes::count() const {
  std::int64_t product = 1;
  for (int i = 0; i < rank; ++i) product *= size[i];
  return product;
}

std::int64_t ReduceLoop::pieces() const { return inner_reduced ? (inner + kPiece - 1) / kPiece : 1; }
std::int64_t ReduceLoop::terms() const { return reduced.count() * pieces(); }
std::int64_t ReduceLoop::tiles() const { return inner_reduced ? 1 : (inner + kTile - 1) / kTile; }
std::int64_t ReduceLoop::results() const { return kept.count() * (inner_reduced ? 1 : inner); }

ReduceLoop reduce_loop(const Shape& shape, std::uint32_t axes) {
  ReduceLoop loop;
  int last = shape.rank() - 1;
  while (last >= 0 && shape[last] == 1) --last;
  if (last < 0) {
    loop.inner_reduced = true;
    choose_groups(loop, 1);
    return loop;
  }
  int previous = -1;
  for (int axis = 0; axis <= last; ++axis) {
    if (shape[axis] == 1) continue;
    const bool reduced = axes >> axis & 1;
    append(reduced ? loop.reduced : loop.kept, shape[axis], shape.product(axis + 1, shape.rank()),
           previous == static_cast<int>(reduced));
    previous = reduced;
  }
  loop.inner_reduced = previous == 1;
  LoopAxes& innermost = loop.inner_reduced ? loop.reduced : loop.kept;
  loop.inner = innermost.size[--innermost.rank];
  choose_groups(loop, shape.elements());
  return loop;
}

namespace {

Shape reduced_shape(const Shape& shape, const ReduceOptions& options) {
  std::int64_t sizes[Shape::kMaxRank] = {};
  int rank = 0;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (!options.reduces(axis))
      sizes[rank++] = shape[axis];
    else if (options.keep)
      sizes[rank++] = 1;
  }
  return Shape(sizes, rank);
}

void check_number_type(const Node& node) {
  const DType type = node.input_type(0).dtype;
  if (type == DType::kF16 || type == DType::kU8)
    throw Error(ErrorCode::kDtype, node.op->name, "cast %s first", dtype_name(type));
}

std::vector<TensorType> sum_shape(const Node& node) {
  check_number_type(node);
  return {{reduced_shape(node.input_shape(0), node.options<ReduceOptions>()), node.input_type(0).dtype}};
}

void check_not_empty(const Node& node, const ReduceOptions& options) {
  const Shape& shape = node.input_shape(0);
  for (int axis = 0; axis < shape.rank(); ++axis)
    if (options.reduces(axis) && shape[axis] == 0)
      throw Error(ErrorCode::kShape, node.op->name, "axis %d of %s is empty", axis, shape.text().c_str());
}

std::vector<TensorType> extremum_shape(const Node& node) {
  check_not_empty(node, node.options<ReduceOptions>());
  return sum_shape(node);
}

std::vector<TensorType> arg_shape(const Node& node) { return {{extremum_shape(node)[0].shape, DType::kI32}}; }

std::vector<TensorType> first_equal_shape(const Node& node) {
  check_number_type(node);
  const Shape& x = node.input_shape(0);
  const Shape& value = node.input_shape(1);
  bool fits = x.rank() == value.rank() && node.input_type(0).dtype == node.input_type(1).dtype;
  for (int axis = 0; fits && axis < x.rank(); ++axis) fits = value[axis] == 1 || value[axis] == x[axis];
  if (!fits)
    throw Error(ErrorCode::kShape, "first_equal", "values %s for elements %s", value.text().c_str(), x.text().c_str());
  return {node.inputs[0].type()};
}

std::size_t reduce_scratch(const Node& node, int) {
  const ReduceLoop loop = reduce_loop(node.input_shape(0), node.options<ReduceOptions>().axes);
  if (loop.groups == 1) return 0;
  return static_cast<std::size_t>(loop.groups * loop.results()) * dtype_size(node.output_type().dtype);
}

/// `tensor` with the reduced axes put back as size 1.
Tensor with_axes(const GradientCall& call, const Tensor& tensor) {
  ReduceOptions options = call.options<ReduceOptions>();
  options.keep = true;
  return reshape(tensor, reduced_shape(call.node.input_shape(0), options));
}

std::vector<Tensor> sum_gradient(const GradientCall& call) {
  return {broadcast_to(with_axes(call, call.output_gradient()), call.node.input_shape(0))};
}

std::vector<Tensor> extremum_gradient(const GradientCall& call) {
  return {with_axes(call, call.output_gradient()) * first_equal(call.input(0), with_axes(call, call.result))};
}

const Op sum_op{.name = "sum",
                .shape = sum_shape,
                .cpu = sum_cpu,
                .cpu_scratch = reduce_scratch,
                .gpu = sum_gpu,
                .gpu_scratch = reduce_gpu_scratch,
                .half = HalfOperands::sums(1),
                .gradient = sum_gradient};
const Op max_op{.name = "max",
                .shape = extremum_shape,
                .cpu = max_cpu,
                .cpu_scratch = reduce_scratch,
                .gpu = max_gpu,
                .gpu_scratch = reduce_gpu_scratch,
                .half = HalfOperands::sums(1),
                .gradient = extremum_gradient};
const Op min_op{.name = "min",
                .shape = extremum_shape,
                .cpu = min_cpu,
                .cpu_scratch = reduce_scratch,
                .gpu = min_gpu,
                .gpu_scratch = reduce_gpu_scratch,
                .half = HalfOperands::sums(1),
                .gradient = extremum_gradient};
const Op argmax_op{
    .name = "argmax", .shape = arg_shape, .cpu = argmax_cpu, .gpu = argmax_gpu, .gradient = zero_gradient};
const Op argmin_op{
    .name = "argmin", .shape = arg_shape, .cpu = argmin_cpu, .gpu = argmin_gpu, .gradient = zero_gradient};
const Op first_equal_op{.name = "first_equal",
                        .shape = first_equal_shape,
                        .cpu = first_equal_cpu,
                        .gpu = first_equal_gpu,
                        .gpu_scratch = first_equal_gpu_scratch,
                        .gradient = zero_gradient};

ReduceOptions reduce_options(const char* name, const Tensor& x, const std::vector<int>& axes, bool keep) {
  ReduceOptions options{0, keep};
  for (const int axis : axes) {
    const int at = x.shape().axis(axis);
    if (options.reduces(at)) throw Error(ErrorCode::kShape, name, "axis %d is named twice", at);
    options.axes |= 1u << at;
  }
  if (axes.empty()) options.axes = (1u << x.shape().rank()) - 1;
  return options;
}

Tensor reduce(const Op& op, const Tensor& x, const std::vector<int>& axes, bool keep) {
  return apply(op, {x}, reduce_options(op.name, x, axes, keep));
}

}  // namespace

Tensor sum(const Tensor& x, const std::vector<int>& axes, bool keep) { return reduce(sum_op, x, axes, keep); }

Tensor mean(const Tensor& x, const std::vector<int>& axes, bool keep) {
  if (!is_float(x.dtype())) throw Error(ErrorCode::kDtype, "mean", "%s is not a float type", dtype_name(x.dtype()));
  const Tensor total = sum(x, axes, keep);
  if (x.shape().elements() == 0) throw Error(ErrorCode::kShape, "mean", "%s has no elements", x.shape().text().c_str());
  return affine(total, static_cast<double>(total.shape().elements()) / static_cast<double>(x.shape().elements()), 0);
}

Tensor max(const Tensor& x, const std::vector<int>& axes, bool keep) { return reduce(max_op, x, axes, keep); }
Tensor min(const Tensor& x, const std::vector<int>& axes, bool keep) { return reduce(min_op, x, axes, keep); }
Tensor argmax(const Tensor& x, int axis) { return reduce(argmax_op, x, {axis}, false); }
Tensor argmin(const Tensor& x, int axis) { return reduce(argmin_op, x, {axis}, false); }
Tensor first_equal(const Tensor& x, const Tensor& value) { return apply(first_equal_op, {x, value}); }

}  // namespace betwixt
