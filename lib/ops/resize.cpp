// SPDX-License-Identifier: MIT
#include "betwixt/ops/resize.h"

#include <algorithm>

#include "betwixt/core/error.h"
#include "betwixt/ops/detail/resize_table.h"
#include "betwixt/tensor/cpu_kernel.h"
#include "betwixt/tensor/op.h"

namespace betwixt {

BETWIXT_CPU_KERNEL(resize_cpu)
BETWIXT_CPU_KERNEL(resize_grad_cpu)
void resize_gpu(GpuCall& call);
void resize_grad_gpu(GpuCall& call);

namespace {

/// Position = floor + fraction of a rational number, exact in integers.
struct Position {
  std::int64_t whole;
  double fraction;
};

Position ratio(std::int64_t numerator, std::int64_t denominator) {
  const std::int64_t whole = numerator / denominator;
  return {whole, static_cast<double>(numerator - whole * denominator) / static_cast<double>(denominator)};
}

Position bilinear_position(bool align_corners, std::int64_t i, std::int64_t from, std::int64_t to) {
  if (align_corners) return to == 1 ? Position{0, 0} : ratio(i * (from - 1), to - 1);
  const std::int64_t numerator = (2 * i + 1) * from - to;
  return numerator <= 0 ? Position{0, 0} : ratio(numerator, 2 * to);
}

void add_row(ResizeAxis& axis, std::int64_t start, std::initializer_list<double> weights) {
  axis.rows.push_back({static_cast<std::int32_t>(start), static_cast<std::int32_t>(weights.size()),
                       static_cast<std::int32_t>(axis.weights.size())});
  axis.weights.insert(axis.weights.end(), weights);
}

void add_bilinear_row(ResizeAxis& axis, const Position& at, std::int64_t from) {
  if (at.fraction == 0 || at.whole >= from - 1)
    add_row(axis, std::min(at.whole, from - 1), {1.0});
  else
    add_row(axis, at.whole, {1.0 - at.fraction, at.fraction});
}

/// Covers [i from / to, (i + 1) from / to), in units of 1 / to.
void add_area_row(ResizeAxis& axis, std::int64_t i, std::int64_t from, std::int64_t to) {
  const std::int64_t begin = i * from;
  const std::int64_t end = begin + from;
  add_row(axis, begin / to, {});
  for (std::int64_t k = begin / to; k * to < end; ++k) {
    const std::int64_t overlap = std::min(end, (k + 1) * to) - std::max(begin, k * to);
    axis.weights.push_back(static_cast<double>(overlap) / static_cast<double>(from));
    ++axis.rows.back().count;
  }
}

void check_picture(const Node& node, const Shape& expected) {
  if (node.input_shape(0) != expected)
    throw Error(ErrorCode::kShape, node.op->name, "input is %s, not %s", node.input_shape(0).text().c_str(),
                expected.text().c_str());
  const DType type = node.input_type(0).dtype;
  if (type != DType::kF32 && type != DType::kF64)
    throw Error(ErrorCode::kDtype, node.op->name, "input is %s", dtype_name(type));
}

std::vector<TensorType> resize_shape(const Node& node) {
  const auto& table = node.options<ResizeTable>();
  check_picture(node, table.original);
  return {{table.resized, node.input_type(0).dtype}};
}

std::vector<TensorType> resize_grad_shape(const Node& node) {
  const auto& table = node.options<ResizeTable>();
  check_picture(node, table.resized);
  return {{table.original, node.input_type(0).dtype}};
}

Tensor resize_node(const Tensor& x, std::shared_ptr<const void> table);
Tensor resize_grad(const Tensor& dy, std::shared_ptr<const void> table);

std::vector<Tensor> resize_gradient(const GradientCall& call) {
  return {resize_grad(call.output_gradient(), call.node.option_data)};
}
std::vector<Tensor> resize_grad_gradient(const GradientCall& call) {
  return {resize_node(call.output_gradient(), call.node.option_data)};
}

const Op resize_op{.name = "resize",
                   .shape = resize_shape,
                   .cpu = resize_cpu,
                   .gpu = resize_gpu,
                   .half = HalfOperands::pictures(1),
                   .gradient = resize_gradient};
/// The adjoint: gradient of the resized picture -> gradient of the original.
const Op resize_grad_op{.name = "resize_grad",
                        .shape = resize_grad_shape,
                        .cpu = resize_grad_cpu,
                        .gpu = resize_grad_gpu,
                        .half = HalfOperands::pictures(1),
                        .gradient = resize_grad_gradient};

Tensor resize_node(const Tensor& x, std::shared_ptr<const void> table) {
  return apply(resize_op, {x}, std::move(table));
}
Tensor resize_grad(const Tensor& dy, std::shared_ptr<const void> table) {
  return apply(resize_grad_op, {dy}, std::move(table));
}

Tensor resize(const char* name, ResizeMode mode, bool align_corners, const Tensor& x, std::int64_t height,
              std::int64_t width) {
  const Shape& shape = x.shape();
  if (shape.rank() != 4) throw Error(ErrorCode::kShape, name, "a picture is [n,h,w,c], not %s", shape.text().c_str());
  constexpr std::int64_t kLargest = std::int64_t{1} << 24;
  for (const std::int64_t size : {height, width, shape[1], shape[2]})
    if (size < 1 || size > kLargest)
      throw Error(ErrorCode::kShape, name, "%s to %lld by %lld", shape.text().c_str(), static_cast<long long>(height),
                  static_cast<long long>(width));
  auto table = std::make_shared<ResizeTable>();
  table->mode = mode;
  table->align_corners = align_corners;
  table->original = shape;
  table->resized = shape.with(1, height).with(2, width);
  for (int axis = 0; axis < 2; ++axis) {
    table->forward[axis] = resize_axis(mode, align_corners, shape[1 + axis], axis == 0 ? height : width);
    table->adjoint[axis] = transposed(table->forward[axis], shape[1 + axis]);
  }
  return resize_node(x, std::shared_ptr<const void>(std::move(table)));
}

}  // namespace

ResizeAxis resize_axis(ResizeMode mode, bool align_corners, std::int64_t from, std::int64_t to) {
  ResizeAxis axis;
  for (std::int64_t i = 0; i < to; ++i) {
    if (mode == ResizeMode::kNearest) add_row(axis, i * from / to, {1.0});
    if (mode == ResizeMode::kBilinear) add_bilinear_row(axis, bilinear_position(align_corners, i, from, to), from);
    if (mode == ResizeMode::kArea) add_area_row(axis, i, from, to);
  }
  return axis;
}

ResizeAxis transposed(const ResizeAxis& axis, std::int64_t from) {
  ResizeAxis result;
  const auto rows = static_cast<std::int32_t>(axis.rows.size());
  std::int32_t first = 0;
  for (std::int32_t source = 0; source < from; ++source) {
    // Starts and ends only grow, so the rows that read `source` are neighbours.
    while (first < rows &&
           axis.rows[static_cast<std::size_t>(first)].start + axis.rows[static_cast<std::size_t>(first)].count <=
               source)
      ++first;
    add_row(result, first, {});
    for (std::int32_t i = first; i < rows && axis.rows[static_cast<std::size_t>(i)].start <= source; ++i) {
      const ResizeAxis::Row& row = axis.rows[static_cast<std::size_t>(i)];
      result.weights.push_back(axis.weights[static_cast<std::size_t>(row.offset + source - row.start)]);
      ++result.rows.back().count;
    }
  }
  return result;
}

Tensor resize_nearest(const Tensor& x, std::int64_t height, std::int64_t width) {
  return resize("resize_nearest", ResizeMode::kNearest, false, x, height, width);
}

Tensor upsample_nearest(const Tensor& x, int factor) {
  if (factor < 1) throw Error(ErrorCode::kArgument, "upsample_nearest", "factor %d is below 1", factor);
  const Shape& shape = x.shape();
  if (shape.rank() != 4)
    throw Error(ErrorCode::kShape, "upsample_nearest", "a picture is [n,h,w,c], not %s", shape.text().c_str());
  return resize_nearest(x, shape[1] * factor, shape[2] * factor);
}

Tensor resize_bilinear(const Tensor& x, std::int64_t height, std::int64_t width, bool align_corners) {
  return resize("resize_bilinear", ResizeMode::kBilinear, align_corners, x, height, width);
}

Tensor resize_area(const Tensor& x, std::int64_t height, std::int64_t width) {
  return resize("resize_area", ResizeMode::kArea, false, x, height, width);
}

}  // namespace betwixt
