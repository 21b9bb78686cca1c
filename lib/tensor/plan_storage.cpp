// SPDX-License-Identifier: MIT
// What lies in memory as halves (PlanOptions::storage).
#include <algorithm>
#include <cstring>
#include <map>
#include <set>

#include "betwixt/tensor/detail/planner.h"
#include "betwixt/tensor/gpu_call.h"
#include "betwixt/tensor/op.h"

namespace betwixt {
namespace {

constexpr std::uint32_t kLocal = 64;

std::vector<TensorType> stored_shape(const Node& node) { return {node.input_type(0)}; }

void stored_cpu(const CpuCall& call) { std::memcpy(call.outputs[0], call.inputs[0], call.node.output_type().bytes()); }

void stored_gpu(GpuCall& call) {
  const auto count = static_cast<std::uint32_t>(call.out_shape().elements());
  if (count == 0) return;
  GpuDispatch dispatch("stored", {gpu_in(0), gpu_out(0)});
  dispatch.constant(kLocal).word(count).items((std::uint64_t{count} + 3) / 4, kLocal, call.limits());
  call.dispatch(dispatch);
}

std::vector<Tensor> stored_gradient(const GradientCall& call) { return {call.output_gradient()}; }

const Op stored_op{.name = "stored",
                   .shape = stored_shape,
                   .cpu = {{&stored_cpu}},
                   .gpu = stored_gpu,
                   .half = {.inputs = 1, .outputs = 1},
                   .gradient = stored_gradient};

/// Whether output 0 lies in the memory of input 0, in programs that allow it.
bool shares_memory(const Node& node) { return node.op->alias && node.op->alias(node) >= 0; }

/// The state that a tensor is a part of; null for tensors that are none.
const Node* state_behind(const Tensor& tensor) {
  const Node* node = &tensor.node();
  while (!is_state_read(*node) && !is_assign(*node) && shares_memory(*node)) node = &node->inputs[0].node();
  return is_state_read(*node) && tensor.dtype() == DType::kF32 ? node : nullptr;
}

/// Calls `visit` with the number of every input that is worth a copy when it is a state.
template <class Visit>
void for_each_weight(const Node& node, Visit visit) {
  for (int i = 0; i < node.input_count() && i < 64; ++i)
    if ((node.op->half.weights >> i & 1) && state_behind(node.inputs[static_cast<std::size_t>(i)])) visit(i);
}

/// Nodes whose weights are states, over copies of them: of a whole state at once when most of it is wanted, else of
/// the parts that are.
class WeightCopies {
 public:
  using Nodes = std::vector<std::shared_ptr<const Node>>;

  explicit WeightCopies(const Nodes& nodes) {
    std::set<const Node*> counted;
    for (const auto& node : nodes)
      for_each_weight(*node, [&](int i) {
        const Tensor& weight = node->inputs[static_cast<std::size_t>(i)];
        if (counted.insert(&weight.node()).second) wanted_[state_behind(weight)] += weight.type().bytes();
      });
  }

  /// `node`, or one like it that reads copies; what it needs besides is put behind `nodes` first.
  std::shared_ptr<const Node> over_copies(const std::shared_ptr<const Node>& node, Nodes& nodes) {
    std::shared_ptr<Node> changed;
    for_each_weight(*node, [&](int i) {
      if (!changed) changed = detail::copy_of(*node);
      Tensor& weight = changed->inputs[static_cast<std::size_t>(i)];
      weight = copied(weight, nodes);
    });
    return changed ? changed : node;
  }

 private:
  Tensor copied(const Tensor& tensor, Nodes& nodes) {
    const Node& node = tensor.node();
    if (const auto found = copies_.find(&node); found != copies_.end()) return found->second;
    const Node* state = state_behind(tensor);
    const bool most = 2 * wanted_[state] >= state->output_type().bytes();
    Tensor result;
    if (&node == state || (!most && &node.inputs[0].node() == state)) {
      result = stored(tensor);
    } else {
      const std::shared_ptr<Node> part = detail::copy_of(node);
      part->inputs[0] = copied(node.inputs[0], nodes);
      result = Tensor(part);
    }
    nodes.push_back(result.node_pointer());
    return copies_[&node] = result;
  }

  std::map<const Node*, std::size_t> wanted_;  ///< bytes, by state
  std::map<const Node*, Tensor> copies_;
};

}  // namespace

Tensor stored(const Tensor& x) { return apply(stored_op, {x}); }

namespace detail {

std::shared_ptr<Node> copy_of(const Node& node) {
  auto copy = std::make_shared<Node>();
  copy->op = node.op;
  copy->inputs = node.inputs;
  copy->outputs = node.outputs;
  copy->option_data = node.option_data;
  copy->id = node.id;
  return copy;
}

void Planner::copy_weights() {
  WeightCopies copies(nodes_);
  std::vector<std::shared_ptr<const Node>> changed;
  std::vector<int> moved;
  for (const std::shared_ptr<const Node>& node : nodes_) {
    const std::shared_ptr<const Node> own = copies.over_copies(node, changed);
    moved.push_back(static_cast<int>(changed.size()));
    changed.push_back(own);
    if (own != node) replaced_.push_back(node);
  }
  for (auto& [node, place] : position_) place.position = moved[static_cast<std::size_t>(place.position)];
  for (std::size_t i = 0; i < changed.size(); ++i)
    position_.try_emplace(changed[i].get(), NodePlace{static_cast<int>(i), 0});
  nodes_ = std::move(changed);
}

// The number of a value. Values that share memory have one number: that of the first of them.
int Planner::storage_of(const Tensor& tensor, const std::vector<int>& first_value) const {
  const NodePlace& at = position_.at(&tensor.node());
  const std::shared_ptr<const Node>& node = nodes_[static_cast<std::size_t>(at.position)];
  if (shares_memory(*node)) return storage_of(node->inputs[0], first_value);
  return first_value[static_cast<std::size_t>(at.position)] + at.output + tensor.output();
}

void Planner::choose_halves() {
  std::vector<int> first_value;
  int count = 0;
  for (const auto& node : nodes_) {
    first_value.push_back(count);
    count += static_cast<int>(node->outputs.size());
  }
  std::vector<char> refused(static_cast<std::size_t>(count), 0);
  auto refuse = [&](const Tensor& tensor) { refused[static_cast<std::size_t>(storage_of(tensor, first_value))] = 1; };
  for (const Tensor& output : outputs_) refuse(output);
  for (const auto& node : nodes_)
    for (int i = 0; i < node->input_count(); ++i) {
      const bool passes_on = shares_memory(*node) && !is_assign(*node);
      const bool takes_half = i < 64 && (node->op->half.inputs >> i & 1);
      if (!passes_on && !takes_half) refuse(node->inputs[static_cast<std::size_t>(i)]);
    }
  half_.assign(nodes_.size(), 0);
  for (std::size_t p = 0; p < nodes_.size(); ++p) {
    const Node& node = *nodes_[p];
    const bool any = std::any_of(node.inputs.begin(), node.inputs.end(), [&](const Tensor& t) { return is_half(t); });
    if (shares_memory(node)) half_[p] = is_half(node.inputs[0]) ? 1 : 0;
    if (shares_memory(node) || node.op->constant || (node.op->half.follows && !any)) continue;
    for (std::size_t i = 0; i < node.outputs.size() && i < 32; ++i) {
      const bool may = (node.op->half.outputs >> i & 1) && node.outputs[i].dtype == DType::kF32 &&
                       node.outputs[i].shape.elements() > 1;
      if (may && !refused[static_cast<std::size_t>(first_value[p]) + i]) half_[p] |= 1u << i;
    }
  }
}

bool Planner::is_half(const Tensor& tensor) const {
  if (half_.empty()) return false;
  const NodePlace& at = position_.at(&tensor.node());
  return half_[static_cast<std::size_t>(at.position)] >> (at.output + tensor.output()) & 1;
}

std::size_t Planner::bytes_of(const Tensor& tensor) const {
  return is_half(tensor) ? tensor.type().bytes() / 2 : tensor.type().bytes();
}

// An offset of the op's, which counts bytes of f32.
std::size_t Planner::stored_offset(const Tensor& tensor, std::int64_t offset) const {
  return static_cast<std::size_t>(is_half(tensor) ? offset / 2 : offset);
}

}  // namespace detail
}  // namespace betwixt
