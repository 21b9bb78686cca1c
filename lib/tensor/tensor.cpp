// SPDX-License-Identifier: MIT
#include "betwixt/tensor/tensor.h"

#include <atomic>

#include "betwixt/core/error.h"
#include "betwixt/tensor/op.h"

namespace betwixt {

const TensorType& Tensor::type() const {
  if (!node_) throw Error(ErrorCode::kArgument, "tensor", "an undefined tensor has no type");
  return node_->outputs[static_cast<std::size_t>(output_)];
}

// Releases long chains of nodes in a loop: recursion would overflow the stack on deep unrolled programs.
Node::~Node() {
  std::vector<std::shared_ptr<const Node>> last_owners;
  auto collect = [&](const std::vector<Tensor>& tensors) {
    for (const Tensor& t : tensors)
      if (t.defined() && t.node_pointer().use_count() == 1) last_owners.push_back(t.node_pointer());
  };
  collect(inputs);
  inputs.clear();
  while (!last_owners.empty()) {
    const std::shared_ptr<const Node> node = std::move(last_owners.back());
    last_owners.pop_back();
    if (node.use_count() != 1) continue;
    auto& node_inputs = const_cast<Node&>(*node).inputs;
    const std::vector<Tensor> released = std::move(node_inputs);
    node_inputs.clear();
    collect(released);
  }
}

std::vector<Tensor> apply_all(const Op& op, std::vector<Tensor> inputs, std::shared_ptr<const void> options) {
  static std::atomic<std::uint64_t> next_id{1};
  for (const Tensor& input : inputs)
    if (!input.defined()) throw Error(ErrorCode::kArgument, op.name, "an input is undefined");
  auto node = std::make_shared<Node>();
  node->op = &op;
  node->inputs = std::move(inputs);
  node->option_data = std::move(options);
  node->outputs = op.shape(*node);
  node->id = next_id.fetch_add(1, std::memory_order_relaxed);
  std::vector<Tensor> results;
  const std::shared_ptr<const Node> shared = std::move(node);
  for (std::size_t i = 0; i < shared->outputs.size(); ++i) results.emplace_back(shared, static_cast<int>(i));
  return results;
}

Tensor apply(const Op& op, std::vector<Tensor> inputs, std::shared_ptr<const void> options) {
  return apply_all(op, std::move(inputs), std::move(options)).front();
}

}  // namespace betwixt
