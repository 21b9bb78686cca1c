// SPDX-License-Identifier: MIT
#include "betwixt/ops/gather.h"

#include "betwixt/core/error.h"
#include "betwixt/ops/detail/gather_options.h"
#include "betwixt/tensor/cpu_kernel.h"
#include "betwixt/tensor/op.h"

namespace betwixt {

BETWIXT_CPU_KERNEL(gather_rows_cpu)
BETWIXT_CPU_KERNEL(scatter_add_rows_cpu)
BETWIXT_CPU_KERNEL(gather_last_cpu)
BETWIXT_CPU_KERNEL(scatter_add_last_cpu)
void gather_rows_gpu(GpuCall& call);
void scatter_add_rows_gpu(GpuCall& call);
void gather_last_gpu(GpuCall& call);
void scatter_add_last_gpu(GpuCall& call);

namespace {

void check_indices(const Node& node, int input) {
  const DType dtype = node.input_type(input).dtype;
  if (dtype != DType::kI32 && dtype != DType::kU32)
    throw Error(ErrorCode::kDtype, node.op->name, "indices are %s, not i32 or u32", dtype_name(dtype));
}

void check_float(const Node& node, int input) {
  const DType dtype = node.input_type(input).dtype;
  if (dtype != DType::kF32 && dtype != DType::kF64)
    throw Error(ErrorCode::kDtype, node.op->name, "%s is neither f32 nor f64", dtype_name(dtype));
}

[[noreturn]] void refuse_shapes(const Node& node) {
  throw Error(ErrorCode::kShape, node.op->name, "%s and %s do not fit", node.input_shape(0).text().c_str(),
              node.input_shape(1).text().c_str());
}

/// Axes of `head`, then the axes of `tail` from `first` on.
Shape joined(const char* name, const Shape& head, const Shape& tail, int first) {
  std::int64_t sizes[2 * Shape::kMaxRank] = {};
  int rank = 0;
  for (int i = 0; i < head.rank(); ++i) sizes[rank++] = head[i];
  for (int i = first; i < tail.rank(); ++i) sizes[rank++] = tail[i];
  if (rank > Shape::kMaxRank)
    throw Error(ErrorCode::kShape, name, "indices %s for rows of %s", head.text().c_str(), tail.text().c_str());
  return Shape(sizes, rank);
}

std::vector<TensorType> gather_rows_shape(const Node& node) {
  check_indices(node, 1);
  const Shape& table = node.input_shape(0);
  const DType dtype = node.input_type(0).dtype;
  const auto& options = node.options<GatherOptions>();
  if (table.rank() < 1 || table[0] < 1)
    throw Error(ErrorCode::kShape, "gather_rows", "%s has no rows", table.text().c_str());
  if (dtype != DType::kU8 && (options.scale != 1 || options.shift != 0))
    throw Error(ErrorCode::kArgument, "gather_rows", "scale and shift for a table of %s", dtype_name(dtype));
  return {{joined("gather_rows", node.input_shape(1), table, 1), dtype == DType::kU8 ? DType::kF32 : dtype}};
}

std::vector<TensorType> scatter_add_rows_shape(const Node& node) {
  check_indices(node, 0);
  check_float(node, 1);
  const Shape& indices = node.input_shape(0);
  const Shape& rows = node.input_shape(1);
  const std::int64_t count = node.options<ScatterOptions>().size;
  bool fits = rows.rank() >= indices.rank() && count > 0;
  for (int i = 0; fits && i < indices.rank(); ++i) fits = rows[i] == indices[i];
  if (!fits) refuse_shapes(node);
  return {{joined("scatter_add_rows", Shape{count}, rows, indices.rank()), node.input_type(1).dtype}};
}

void check_same_rows(const Node& node) {
  const Shape& x = node.input_shape(0);
  const Shape& indices = node.input_shape(1);
  bool fits = x.rank() >= 1 && x.rank() == indices.rank();
  for (int i = 0; fits && i + 1 < x.rank(); ++i) fits = x[i] == indices[i];
  if (!fits) refuse_shapes(node);
}

std::vector<TensorType> gather_last_shape(const Node& node) {
  check_indices(node, 1);
  check_same_rows(node);
  if (node.input_shape(0)[-1] < 1) refuse_shapes(node);
  return {{node.input_shape(1), node.input_type(0).dtype}};
}

std::vector<TensorType> scatter_add_last_shape(const Node& node) {
  check_indices(node, 1);
  check_float(node, 0);
  check_same_rows(node);
  const std::int64_t size = node.options<ScatterOptions>().size;
  if (node.input_shape(0) != node.input_shape(1) || size < 1) refuse_shapes(node);
  return {{node.input_shape(0).with(-1, size), node.input_type(0).dtype}};
}

std::vector<Tensor> gather_rows_gradient(const GradientCall& call) {
  if (!is_float(call.node.input_type(0).dtype)) return {Tensor(), Tensor()};
  return {
      call.needs(0) ? scatter_add_rows(call.input(1), call.output_gradient(), call.node.input_shape(0)[0]) : Tensor(),
      Tensor()};
}

std::vector<Tensor> scatter_add_rows_gradient(const GradientCall& call) {
  return {Tensor(), call.needs(1) ? gather_rows(call.output_gradient(), call.input(0)) : Tensor()};
}

std::vector<Tensor> gather_last_gradient(const GradientCall& call) {
  if (!is_float(call.node.input_type(0).dtype)) return {Tensor(), Tensor()};
  return {
      call.needs(0) ? scatter_add_last(call.output_gradient(), call.input(1), call.node.input_shape(0)[-1]) : Tensor(),
      Tensor()};
}

std::vector<Tensor> scatter_add_last_gradient(const GradientCall& call) {
  return {call.needs(0) ? gather_last(call.output_gradient(), call.input(1)) : Tensor(), Tensor()};
}

const Op gather_rows_op{.name = "gather_rows",
                        .shape = gather_rows_shape,
                        .cpu = gather_rows_cpu,
                        .gpu = gather_rows_gpu,
                        .half = HalfOperands::pictures(0),
                        .gradient = gather_rows_gradient};
const Op scatter_add_rows_op{.name = "scatter_add_rows",
                             .shape = scatter_add_rows_shape,
                             .cpu = scatter_add_rows_cpu,
                             .gpu = scatter_add_rows_gpu,
                             .gradient = scatter_add_rows_gradient};
const Op gather_last_op{.name = "gather_last",
                        .shape = gather_last_shape,
                        .cpu = gather_last_cpu,
                        .gpu = gather_last_gpu,
                        .gradient = gather_last_gradient};
const Op scatter_add_last_op{.name = "scatter_add_last",
                             .shape = scatter_add_last_shape,
                             .cpu = scatter_add_last_cpu,
                             .gpu = scatter_add_last_gpu,
                             .gradient = scatter_add_last_gradient};

}  // namespace

Tensor gather_rows(const Tensor& table, const Tensor& indices, GatherOptions options) {
  return apply(gather_rows_op, {table, indices}, options);
}

Tensor scatter_add_rows(const Tensor& indices, const Tensor& rows, std::int64_t row_count) {
  return apply(scatter_add_rows_op, {indices, rows}, ScatterOptions{row_count});
}

Tensor gather_last(const Tensor& x, const Tensor& indices) { return apply(gather_last_op, {x, indices}); }

Tensor scatter_add_last(const Tensor& values, const Tensor& indices, std::int64_t n) {
  return apply(scatter_add_last_op, {values, indices}, ScatterOptions{n});
}

}  // namespace betwixt
