// SPDX-License-Identifier: MIT
#include "betwixt/ops/flow.h"

#include "betwixt/core/error.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/fill.h"
#include "betwixt/ops/reduce.h"
#include "betwixt/ops/resize.h"
#include "betwixt/ops/slice.h"
#include "betwixt/ops/unary.h"
#include "betwixt/ops/warp.h"

namespace betwixt {
namespace {

void check_flow(const char* name, const Tensor& flow) {
  const Shape& shape = flow.shape();
  if (shape.rank() != 4 || shape[3] != 2)
    throw Error(ErrorCode::kShape, name, "a flow is [n,h,w,2], not %s", shape.text().c_str());
}

void check_picture(const char* name, const Tensor& x) {
  if (x.shape().rank() != 4 || x.shape().elements() == 0)
    throw Error(ErrorCode::kShape, name, "a picture is [n,h,w,c], not %s", x.shape().text().c_str());
}

/// Mean of penalty(difference of neighbours along `axis`).
template <class Penalty>
Tensor mean_difference(const Tensor& x, int axis, Penalty penalty) {
  const std::int64_t size = x.shape()[axis];
  if (size < 2) return zeros({}, x.dtype());
  return mean(penalty(slice(x, axis, 1, size - 1) - slice(x, axis, 0, size - 1)));
}

}  // namespace

Tensor flow_resize(const Tensor& flow, std::int64_t height, std::int64_t width) {
  check_flow("flow_resize", flow);
  const Tensor resized = resize_bilinear(flow, height, width);
  const Shape& shape = flow.shape();
  if (height == shape[1] && width == shape[2]) return resized;
  const double across = static_cast<double>(width) / static_cast<double>(shape[2]);
  const double down = static_cast<double>(height) / static_cast<double>(shape[1]);
  return resized * constant(std::vector<double>{across, down}, {2}, flow.dtype());
}

Tensor flow_compose(const Tensor& a, const Tensor& b) {
  check_flow("flow_compose", a);
  check_flow("flow_compose", b);
  return b + warp(a, b, {.border = Border::kClamp});
}

Tensor flow_invert(const Tensor& flow, int iterations) {
  check_flow("flow_invert", flow);
  if (iterations < 0) throw Error(ErrorCode::kArgument, "flow_invert", "%d iterations", iterations);
  const Tensor back = neg(flow);
  Tensor inverse = back;
  for (int i = 0; i < iterations; ++i) inverse = warp(back, inverse, {.border = Border::kClamp});
  return inverse;
}

Tensor total_variation(const Tensor& x, double epsilon) {
  check_picture("total_variation", x);
  auto penalty = [&](const Tensor& d) { return epsilon > 0 ? sqrt(square(d) + epsilon * epsilon) - epsilon : abs(d); };
  return mean_difference(x, 2, penalty) + mean_difference(x, 1, penalty);
}

Tensor smoothness(const Tensor& x) {
  check_picture("smoothness", x);
  auto penalty = [](const Tensor& d) { return square(d); };
  return mean_difference(x, 2, penalty) + mean_difference(x, 1, penalty);
}

}  // namespace betwixt
