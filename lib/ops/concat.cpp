// SPDX-License-Identifier: MIT
#include "betwixt/ops/concat.h"

#include "betwixt/core/error.h"
#include "betwixt/ops/detail/axis_view.h"
#include "betwixt/ops/detail/pack_layout.h"
#include "betwixt/ops/reshape.h"
#include "betwixt/ops/slice.h"
#include "betwixt/tensor/cpu_kernel.h"
#include "betwixt/tensor/op.h"

namespace betwixt {

BETWIXT_CPU_KERNEL(concat_cpu)
BETWIXT_CPU_KERNEL(pack_cpu)
void concat_gpu(GpuCall& call);
void pack_gpu(GpuCall& call);

std::int64_t packed_size(const Shape& shape) {
  return (shape.elements() + kPackAlignment - 1) / kPackAlignment * kPackAlignment;
}

std::int64_t packed_offset(const Node& node, int input) {
  std::int64_t offset = 0;
  for (int i = 0; i < input; ++i) offset += packed_size(node.input_shape(i));
  return offset;
}

namespace {

void check_same_type(const Node& node) {
  for (int i = 1; i < node.input_count(); ++i)
    if (node.input_type(i).dtype != node.input_type(0).dtype)
      throw Error(ErrorCode::kDtype, node.op->name, "%s and %s do not mix", dtype_name(node.input_type(0).dtype),
                  dtype_name(node.input_type(i).dtype));
}

std::vector<TensorType> concat_shape(const Node& node) {
  check_same_type(node);
  const int axis = node.options<int>();
  const Shape& first = node.input_shape(0);
  std::int64_t total = first[axis];
  for (int i = 1; i < node.input_count(); ++i) {
    const Shape& shape = node.input_shape(i);
    if (shape.rank() != first.rank() || shape.with(axis, first[axis]) != first)
      throw Error(ErrorCode::kShape, "concat", "%s and %s along axis %d", first.text().c_str(), shape.text().c_str(),
                  axis);
    total += shape[axis];
  }
  return {{first.with(axis, total), node.input_type(0).dtype}};
}

std::vector<Tensor> concat_gradient(const GradientCall& call) {
  const int axis = call.options<int>();
  std::vector<Tensor> gradients;
  std::int64_t begin = 0;
  for (int i = 0; i < call.node.input_count(); ++i) {
    const std::int64_t size = call.node.input_shape(i)[axis];
    gradients.push_back(call.needs(i) ? slice(call.output_gradient(), axis, begin, size) : Tensor());
    begin += size;
  }
  return gradients;
}

std::int64_t concat_place(const Node& node, int input) {
  const int axis = node.options<int>();
  const AxisView view(node.output_shape(), axis);
  if (view.outer != 1) return -1;
  std::int64_t elements = 0;
  for (int i = 0; i < input; ++i) elements += node.input_shape(i).elements();
  const std::int64_t offset = elements * static_cast<std::int64_t>(dtype_size(node.output_type().dtype));
  return offset % 16 == 0 ? offset : -1;
}

std::vector<TensorType> pack_shape(const Node& node) {
  check_same_type(node);
  const DType dtype = node.input_type(0).dtype;
  if (dtype != DType::kF32 && dtype != DType::kF64)
    throw Error(ErrorCode::kDtype, "pack", "%s is neither f32 nor f64", dtype_name(dtype));
  return {{Shape{packed_offset(node, node.input_count())}, dtype}};
}

std::vector<Tensor> pack_gradient(const GradientCall& call) {
  std::vector<Tensor> gradients;
  for (int i = 0; i < call.node.input_count(); ++i)
    gradients.push_back(call.needs(i)
                            ? unpack(call.output_gradient(), packed_offset(call.node, i), call.node.input_shape(i))
                            : Tensor());
  return gradients;
}

std::int64_t pack_place(const Node& node, int input) {
  return packed_offset(node, input) * static_cast<std::int64_t>(dtype_size(node.output_type().dtype));
}

bool always(const Node&) { return true; }

bool has_no_gaps(const Node& node) {
  for (int i = 0; i < node.input_count(); ++i)
    if (node.input_shape(i).elements() % kPackAlignment != 0) return false;
  return true;
}

const Op concat_op{.name = "concat",
                   .shape = concat_shape,
                   .cpu = concat_cpu,
                   .gpu = concat_gpu,
                   .half = {.inputs = ~std::uint64_t{0}, .outputs = 1, .follows = true},
                   .gradient = concat_gradient,
                   .place = concat_place,
                   .placed_is_complete = always};
const Op pack_op{.name = "pack",
                 .shape = pack_shape,
                 .cpu = pack_cpu,
                 .gpu = pack_gpu,
                 .gradient = pack_gradient,
                 .place = pack_place,
                 .placed_is_complete = has_no_gaps};

void check_not_empty(const char* name, const std::vector<Tensor>& parts) {
  if (parts.empty()) throw Error(ErrorCode::kArgument, name, "no tensors");
}

}  // namespace

Tensor concat(const std::vector<Tensor>& parts, int axis) {
  check_not_empty("concat", parts);
  const int at = parts[0].shape().axis(axis);
  return parts.size() == 1 ? parts[0] : apply(concat_op, parts, at);
}

Tensor pack(const std::vector<Tensor>& parts) {
  check_not_empty("pack", parts);
  return apply(pack_op, parts);
}

std::vector<std::int64_t> pack_offsets(const std::vector<Shape>& shapes) {
  std::vector<std::int64_t> offsets{0};
  for (const Shape& shape : shapes) offsets.push_back(offsets.back() + packed_size(shape));
  return offsets;
}

Tensor unpack(const Tensor& packed, std::int64_t offset, const Shape& shape) {
  return reshape(slice(packed, 0, offset, shape.elements()), shape);
}

}  // namespace betwixt
