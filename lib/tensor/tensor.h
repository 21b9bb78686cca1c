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
  /// Output `output` of a node.
  explicit Tensor(std::shared_ptr<const Node> node, int output = 0) : node_(std::move(node)), output_(output) {}

  /// Whether it stands for a value.
  bool defined() const { return node_ != nullptr; }
  /// As `defined`.
  explicit operator bool() const { return defined(); }
  /// Shape and element type; of a defined tensor only, as all that follow.
  const TensorType& type() const;
  /// Sizes, outermost first.
  const Shape& shape() const { return type().shape; }
  /// Element type.
  DType dtype() const { return type().dtype; }

  /// The op application it comes from.
  const Node& node() const { return *node_; }
  /// The same, to share it.
  const std::shared_ptr<const Node>& node_pointer() const { return node_; }
  /// Which of the node's outputs it is.
  int output() const { return output_; }

  /// Whether both are the same output of the same node: not whether values are equal.
  friend bool operator==(const Tensor&, const Tensor&) = default;

 private:
  std::shared_ptr<const Node> node_;
  int output_ = 0;
};

/// One application of an op: its inputs, options and the types of what it gives.
struct Node {
  const Op* op = nullptr;                   ///< what is applied
  std::vector<Tensor> inputs;               ///< in the order the op wants
  std::vector<TensorType> outputs;          ///< types of what it gives
  std::shared_ptr<const void> option_data;  ///< the options given to `apply`, or null
  std::uint64_t id = 0;                     ///< order of creation; inputs always have smaller ids

  /// The options; `Options` must be the type given to `apply`.
  template <class Options>
  const Options& options() const {
    return *static_cast<const Options*>(option_data.get());
  }
  /// Type of input i.
  const TensorType& input_type(int i) const { return inputs[static_cast<std::size_t>(i)].type(); }
  /// Shape of input i.
  const Shape& input_shape(int i) const { return input_type(i).shape; }
  /// Type of output i.
  const TensorType& output_type(int i = 0) const { return outputs[static_cast<std::size_t>(i)]; }
  /// Shape of output i.
  const Shape& output_shape(int i = 0) const { return output_type(i).shape; }
  /// Number of inputs, undefined ones included.
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
