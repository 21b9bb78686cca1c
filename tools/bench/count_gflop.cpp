// SPDX-License-Identifier: MIT
#include <set>
#include <string_view>

#include "bench.h"
#include "betwixt/ops/detail/conv2d_options.h"
#include "betwixt/ops/detail/conv_plan.h"
#include "betwixt/ops/matmul.h"
#include "betwixt/tensor/op.h"

namespace betwixt::bench {
namespace {

/// Of a product whose rows are pixels; f32.
std::int64_t multiply_adds(const detail::ConvPlan& plan) {
  if (!detail::suits_winograd(plan, sizeof(float))) return plan.work();
  return plan.batch * detail::squares_down(plan) * detail::squares_across(plan) * detail::kSquarePoints * plan.in *
         plan.out;
}

std::int64_t multiply_adds(const Node& node) {
  const std::string_view name = node.op->name;
  if (name == "conv2d") return multiply_adds(detail::forward_plan(node.options<Conv2dNode>(), node.input_shape(0)[0]));
  if (name == "conv2d_grad_weight")
    return detail::forward_plan(node.options<Conv2dNode>(), node.input_shape(0)[0]).work();
  if (name == "conv2d_grad_input" || name == "conv2d_transpose")
    return multiply_adds(detail::input_plan(node.options<Conv2dNode>(), node.input_shape(0)[0]));
  if (name == "dense") return node.output_shape().elements() * node.input_shape(0)[1];
  if (name == "matmul")
    return node.output_shape().elements() * node.input_shape(0)[node.options<MatmulOptions>().transpose_a ? -2 : -1];
  return 0;
}

}  // namespace

double count_gflop(const std::vector<Tensor>& outputs) {
  std::set<const Node*> seen;
  std::vector<const Node*> open;
  for (const Tensor& output : outputs) open.push_back(&output.node());
  std::int64_t total = 0;
  while (!open.empty()) {
    const Node* node = open.back();
    open.pop_back();
    if (!seen.insert(node).second) continue;
    total += multiply_adds(*node);
    for (const Tensor& input : node->inputs) open.push_back(&input.node());
  }
  return 2e-9 * static_cast<double>(total);
}

}  // namespace betwixt::bench
