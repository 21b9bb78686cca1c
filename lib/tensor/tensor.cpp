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

// Releases long chains of nodes in a loop: recursion would overflow the stack on deep unrolled programs. The nodes
// still to be released hang on one another by `option_data`, because a destructor must not need memory. Nodes without
// inputs need no loop, and may still be looked up by their state.
Node::~Node() {
  std::shared_ptr<const Node> list;
  const auto collect = [&list](std::vector<Tensor>& tensors) {
    while (!tensors.empty()) {
      std::shared_ptr<const Node> node = tensors.back().node_pointer();
      tensors.pop_back();
      if (!node || node->inputs.empty() || node.use_count() != 1) continue;
      const_cast<Node&>(*node).option_data = std::move(list);
      list = std::move(node);
    }
  };
  collect(inputs);
  while (list) {
    const std::shared_ptr<const Node> current = std::move(list);
    Node& node = const_cast<Node&>(*current);
    list = std::static_pointer_cast<const Node>(std::move(node.option_data));
    collect(node.inputs);
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
