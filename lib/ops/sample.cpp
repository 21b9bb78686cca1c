// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/sample.h"

#include "betwixt/core/error.h"

namespace betwixt {
namespace {

constexpr std::int64_t kLongestSide = std::int64_t{1} << 23;
constexpr std::int64_t kMostPixels = (std::int64_t{1} << 31) - 1;

[[noreturn]] void refuse(const Node& node, const Shape& a, const Shape& b) {
  throw Error(ErrorCode::kShape, node.op->name, "%s and %s do not fit", a.text().c_str(), b.text().c_str());
}

void check_types(const Node& node) {
  const DType dtype = node.input_type(0).dtype;
  if (dtype != DType::kF32 && dtype != DType::kF64)
    throw Error(ErrorCode::kDtype, node.op->name, "input is %s", dtype_name(dtype));
  for (int i = 1; i < node.input_count(); ++i)
    if (node.input_type(i).dtype != dtype)
      throw Error(ErrorCode::kDtype, node.op->name, "inputs are %s and %s", dtype_name(dtype),
                  dtype_name(node.input_type(i).dtype));
}

void check_sides(const Node& node, const Shape& picture) {
  if (picture[1] < 1 || picture[2] < 1 || picture[1] > kLongestSide || picture[2] > kLongestSide ||
      picture[1] * picture[2] > kMostPixels)
    throw Error(ErrorCode::kShape, node.op->name, "cannot sample %s", picture.text().c_str());
}

void check_points(const Node& node, const Shape& picture, const Shape& points) {
  if (picture.rank() != 4 || points.rank() != 4 || points[0] != picture[0] || points[3] != 2)
    refuse(node, picture, points);
  check_sides(node, picture);
  check_sides(node, points);
}

/// Points [n,oh,ow,2] give [n,oh,ow,c].
Shape sampled(const Shape& picture, const Shape& points) { return points.with(3, picture[3]); }

}  // namespace

SampleScale sample_scale(const SampleOptions& options, std::int64_t size) {
  if (options.is_flow) return {1, 0};
  const double half = static_cast<double>(size - 1) / 2;
  return {options.align_corners ? half : static_cast<double>(size) / 2, half};
}

std::vector<TensorType> sample_shape(const Node& node) {
  const Shape& picture = node.input_shape(0);
  check_types(node);
  check_points(node, picture, node.input_shape(1));
  return {{sampled(picture, node.input_shape(1)), node.input_type(0).dtype}};
}

std::vector<TensorType> sample_grad_points_shape(const Node& node) {
  const Shape& picture = node.input_shape(0);
  const Shape& points = node.input_shape(1);
  check_types(node);
  check_points(node, picture, points);
  if (node.input_shape(2) != sampled(picture, points)) refuse(node, node.input_shape(2), points);
  return {node.input_type(1)};
}

std::vector<TensorType> sample_grad_image_shape(const Node& node) {
  const auto& options = node.options<SampleOptions>();
  const Shape& result = node.input_shape(0);
  const Shape& points = node.input_shape(1);
  check_types(node);
  if (result.rank() != 4 || points.rank() != 4 || sampled(result, points) != result) refuse(node, result, points);
  const Shape picture = result.with(1, options.height).with(2, options.width);
  check_points(node, picture, points);
  return {{picture, node.input_type(0).dtype}};
}

}  // namespace betwixt
