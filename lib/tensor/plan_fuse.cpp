// SPDX-License-Identifier: MIT
// The planner's first step on backends that ask for it: nodes become fewer.
#include <algorithm>

#include "betwixt/core/error.h"
#include "betwixt/tensor/detail/planner.h"
#include "betwixt/tensor/op.h"

namespace betwixt::detail {

void Planner::fuse_nodes() {
  const bool any =
      std::any_of(nodes_.begin(), nodes_.end(), [](const auto& node) { return node->op->fuse != nullptr; });
  if (!any) return;
  // What is computed from one another first: such ops may then have a rule for what they read in common.
  while (fuse_once(true)) {
  }
  fuse_once(false);
}

/// Goes through the nodes once. Whether something became of them that can be fused again.
bool Planner::fuse_once(bool producers) {
  const std::vector<std::vector<int>> readers = find_readers();
  std::vector<char> is_new(nodes_.size(), 0);
  bool more = false;
  for (int p = 0; p < end(); ++p)
    if (nodes_[static_cast<std::size_t>(p)] && !is_new[static_cast<std::size_t>(p)])
      fuse_node(p, producers, readers, is_new);
  for (std::size_t i = 0; i < nodes_.size(); ++i) more |= is_new[i] && nodes_[i] && nodes_[i]->op->fuse;
  drop_absorbed();
  return more;
}

/// Per position the positions that read it; end() for the caller.
std::vector<std::vector<int>> Planner::find_readers() const {
  std::vector<std::vector<int>> readers(nodes_.size());
  auto note = [&](const Tensor& tensor, int reader) {
    auto& list = readers[static_cast<std::size_t>(position_.at(&tensor.node()).position)];
    if (list.empty() || list.back() != reader) list.push_back(reader);
  };
  for (int p = 0; p < end(); ++p)
    for (const Tensor& input : nodes_[static_cast<std::size_t>(p)]->inputs) note(input, p);
  for (const Tensor& output : outputs_) note(output, end());
  return readers;
}

void Planner::fuse_node(int position, bool producers, const std::vector<std::vector<int>>& readers,
                        std::vector<char>& is_new) {
  const std::shared_ptr<const Node> node = nodes_[static_cast<std::size_t>(position)];
  if (!node->op->fuse) return;
  for (const Tensor& input : node->inputs) {
    const int from = position_.at(&input.node()).position;
    const auto& all = readers[static_cast<std::size_t>(from)];
    if (producers && all.size() == 1 && try_fuse(position, from, true, is_new)) return;
    for (const int other : all)
      if (!producers && other != position && other < end() && try_fuse(position, other, false, is_new)) return;
  }
}

bool Planner::try_fuse(int position, int other, bool computes_input, std::vector<char>& is_new) {
  const auto at = [](int p) { return static_cast<std::size_t>(p); };
  const std::shared_ptr<const Node> node = nodes_[at(position)];
  const std::shared_ptr<const Node> partner = nodes_[at(other)];
  if (!partner || is_new[at(other)] || node->outputs.size() != 1 || partner->outputs.size() != 1) return false;
  const std::vector<Tensor> fused = node->op->fuse(computes_input ? *over_fused(node) : *node, *partner);
  if (fused.size() != (computes_input ? 1u : 2u)) return false;
  const Tensor& first = fused.front();
  const Tensor& last = fused.back();
  const bool one = &first.node() == &last.node();
  const int place = computes_input || !one ? position : std::min(position, other);
  const bool fits = first.type() == node->outputs[0] && last.type() == (computes_input ? node : partner)->outputs[0];
  const bool taken = !rules_.takes_fused || (rules_.takes_fused(first.node()) && rules_.takes_fused(last.node()));
  if (!taken || !fits || !come_before(first.node(), place)) return false;
  if (!one && (position > other || !come_before(last.node(), other, &first.node()))) return false;
  nodes_[at(position)] = nullptr;
  nodes_[at(other)] = nullptr;
  put_fused(first, *node, place, is_new);
  if (!computes_input) put_fused(last, *partner, one ? place : other, is_new);
  replaced_.push_back(node);
  replaced_.push_back(partner);
  return true;
}

/// The node, over those that have taken the places of its inputs.
std::shared_ptr<const Node> Planner::over_fused(const std::shared_ptr<const Node>& node) const {
  std::shared_ptr<Node> changed;
  for (std::size_t i = 0; i < node->inputs.size(); ++i) {
    const Tensor& input = node->inputs[i];
    const NodePlace& at = position_.at(&input.node());
    const Tensor now(nodes_[static_cast<std::size_t>(at.position)], at.output + input.output());
    if (now == input) continue;
    if (!changed) changed = copy_of(*node);
    changed->inputs[i] = now;
  }
  return changed ? changed : node;
}

/// `fused` is now what output 0 of `old` was.
void Planner::put_fused(const Tensor& fused, const Node& old, int place, std::vector<char>& is_new) {
  nodes_[static_cast<std::size_t>(place)] = fused.node_pointer();
  is_new[static_cast<std::size_t>(place)] = 1;
  position_[&fused.node()] = {place, 0};
  position_[&old] = {place, fused.output()};
}

/// Whether all inputs of the node, except those that `besides` computes, are there before `position`.
bool Planner::come_before(const Node& node, int position, const Node* besides) const {
  return std::all_of(node.inputs.begin(), node.inputs.end(), [&](const Tensor& input) {
    const auto found = position_.find(&input.node());
    if (&input.node() == besides) return true;
    return found != position_.end() && found->second.position >= 0 && found->second.position < position;
  });
}

void Planner::drop_absorbed() {
  std::vector<int> moved(nodes_.size(), -1);
  std::vector<std::shared_ptr<const Node>> kept;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (!nodes_[i]) continue;
    moved[i] = static_cast<int>(kept.size());
    kept.push_back(std::move(nodes_[i]));
  }
  nodes_ = std::move(kept);
  for (auto& [node, place] : position_)
    if (place.position >= 0) place.position = moved[static_cast<std::size_t>(place.position)];
}

}  // namespace betwixt::detail
