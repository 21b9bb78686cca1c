// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "betwixt/core/shape.h"

namespace betwixt {

struct Op;
struct Node;

/// An immutable symbolic value: one output of one op application. Cheap to copy. Composing tensors computes nothing;
/// a `Program` made from them does. Any thread may read one.
class Tensor {
 public:
  Tensor() = default;  ///< undefined: "no gradient", "no bias"
  explicit Tensor(std::shared_ptr<const Node> node, int output = 0) : node_(std::move(node)), output_(output) {}

  bool defined() const { return node_ != nullptr; }
  explicit operator bool() const { return defined(); }
  const TensorType& type() const;
  const Shape& shape() const { return type().shape; }
  DType dtype() const { return type().dtype; }

  const Node& node() const { return *node_; }
  const std::shared_ptr<const Node>& node_pointer() const { return node_; }
  int output() const { return output_; }

  friend bool operator==(const Tensor&, const Tensor&) = default;

 private:
  std::shared_ptr<const Node> node_;
  int output_ = 0;
};

/// One application of an op: its inputs, options and the types of what it gives.
struct Node {
  const Op* op = nullptr;
  std::vector<Tensor> inputs;
  std::vector<TensorType> outputs;
  std::shared_ptr<const void> option_data;
  std::uint64_t id = 0;  ///< order of creation; inputs always have smaller ids

  template <class Options>
  const Options& options() const {
    return *static_cast<const Options*>(option_data.get());
  }
  const TensorType& input_type(int i) const { return inputs[static_cast<std::size_t>(i)].type(); }
  const Shape& input_shape(int i) const { return input_type(i).shape; }
  const TensorType& output_type(int i = 0) const { return outputs[static_cast<std::size_t>(i)]; }
  const Shape& output_shape(int i = 0) const { return output_type(i).shape; }
  int input_count() const { return static_cast<int>(inputs.size()); }

  Node() = default;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  ~Node();
};

/// Applies `op`: runs its shape rule (which rejects bad inputs) and gives one tensor per output.
std::vector<Tensor> apply_all(const Op& op, std::vector<Tensor> inputs, std::shared_ptr<const void> options = nullptr);

/// As apply_all, for ops with one output.
Tensor apply(const Op& op, std::vector<Tensor> inputs, std::shared_ptr<const void> options = nullptr);

template <class Options>
Tensor apply(const Op& op, std::vector<Tensor> inputs, const Options& options) {
  return apply(op, std::move(inputs), std::shared_ptr<const void>(std::make_shared<const Options>(options)));
}
template <class Options>
std::vector<Tensor> apply_all(const Op& op, std::vector<Tensor> inputs, const Options& options) {
  return apply_all(op, std::move(inputs), std::shared_ptr<const void>(std::make_shared<const Options>(options)));
}

}  // namespace betwixt
