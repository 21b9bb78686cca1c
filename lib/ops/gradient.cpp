// SPDX-License-Identifier: MIT
#include "betwixt/ops/gradient.h"

#include <algorithm>
#include <map>
#include <memory>
#include <unordered_set>

#include "betwixt/core/error.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/fill.h"
#include "betwixt/tensor/op.h"

namespace betwixt {
namespace {

std::vector<TensorType> same_type(const Node& node) { return {node.input_type(0)}; }
std::int64_t alias_whole(const Node&) { return 0; }

std::vector<Tensor> custom_rule(const GradientCall& call) {
  const std::span<const Tensor> inputs = std::span(call.node.inputs).subspan(1);
  std::vector<Tensor> own = call.options<GradientRule>()(inputs, call.result, call.output_gradient());
  if (own.size() != inputs.size())
    throw Error(ErrorCode::kArgument, "custom_gradient", "the rule gave %zu gradients for %zu inputs", own.size(),
                inputs.size());
  own.insert(own.begin(), Tensor());
  return own;
}

const Op stop_op{.name = "stop_gradient", .shape = same_type, .gradient = zero_gradient, .alias = alias_whole};
const Op custom_op{.name = "custom_gradient", .shape = same_type, .gradient = custom_rule, .alias = alias_whole};

/// All nodes `loss` is made of, latest first.
std::vector<std::shared_ptr<const Node>> nodes_behind(const Tensor& loss) {
  std::vector<std::shared_ptr<const Node>> all;
  std::vector<std::shared_ptr<const Node>> open{loss.node_pointer()};
  std::unordered_set<const Node*> seen{&loss.node()};
  while (!open.empty()) {
    const std::shared_ptr<const Node> node = std::move(open.back());
    open.pop_back();
    for (const Tensor& input : node->inputs)
      if (seen.insert(&input.node()).second) open.push_back(input.node_pointer());
    all.push_back(node);
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a->id > b->id; });
  return all;
}

using Key = std::pair<const Node*, int>;

class Sweep {
 public:
  Sweep(std::span<const Tensor> wrt, const std::vector<std::shared_ptr<const Node>>& nodes) {
    for (const Tensor& t : wrt) wanted_.insert({{&t.node(), t.output()}, true});
    for (auto node = nodes.rbegin(); node != nodes.rend(); ++node)
      for (const Tensor& input : (*node)->inputs)
        if (leads_to_wanted(input)) on_path_.insert(node->get());
  }

  void accumulate(const Tensor& value, const Tensor& gradient) {
    if (!gradient.defined()) return;
    if (gradient.shape() != value.shape())
      throw Error(ErrorCode::kInternal, value.node().op->name, "a gradient rule gave %s for %s",
                  gradient.shape().text().c_str(), value.shape().text().c_str());
    Tensor& sum = gradients_[{&value.node(), value.output()}];
    sum = sum.defined() ? add(sum, gradient) : gradient;
  }

  Tensor of(const Tensor& value) const {
    const auto found = gradients_.find({&value.node(), value.output()});
    return found == gradients_.end() ? Tensor() : found->second;
  }

  void step(const std::shared_ptr<const Node>& node) {
    if (!on_path_.contains(node.get())) return;
    std::vector<Tensor> output_gradients;
    bool any = false;
    for (int i = 0; i < static_cast<int>(node->outputs.size()); ++i) {
      output_gradients.push_back(of(Tensor(node, i)));
      any |= output_gradients.back().defined();
    }
    if (!any) return;
    if (!node->op->gradient)
      throw Error(ErrorCode::kUnsupported, node->op->name, "has no gradient rule to differentiate through");
    const auto needed = std::make_unique<bool[]>(node->inputs.size());
    for (std::size_t i = 0; i < node->inputs.size(); ++i) needed[i] = leads_to_wanted(node->inputs[i]);
    const Tensor result(node);
    const GradientCall call{result, *node, output_gradients, {needed.get(), node->inputs.size()}};
    const std::vector<Tensor> input_gradients = node->op->gradient(call);
    for (std::size_t i = 0; i < input_gradients.size(); ++i)
      if (needed[i]) accumulate(node->inputs[i], input_gradients[i]);
  }

 private:
  bool leads_to_wanted(const Tensor& value) const {
    return wanted_.contains({&value.node(), value.output()}) || on_path_.contains(&value.node());
  }

  std::map<Key, bool> wanted_;
  std::unordered_set<const Node*> on_path_;
  std::map<Key, Tensor> gradients_;
};

}  // namespace

std::vector<Tensor> gradient(const Tensor& loss, std::span<const Tensor> wrt, const Tensor& seed) {
#if defined(BETWIXT_INFERENCE_ONLY)
  throw Error(ErrorCode::kUnsupported, "gradient", "this library is for inference only (BETWIXT_TRAINING=OFF)");
#endif
  if (!is_float(loss.dtype())) throw Error(ErrorCode::kDtype, "gradient", "the loss is %s", dtype_name(loss.dtype()));
  if (seed.defined() && seed.shape() != loss.shape())
    throw Error(ErrorCode::kShape, "gradient", "seed %s for a loss of %s", seed.shape().text().c_str(),
                loss.shape().text().c_str());
  const std::vector<std::shared_ptr<const Node>> nodes = nodes_behind(loss);
  Sweep sweep(wrt, nodes);
  sweep.accumulate(loss, seed.defined() ? seed : ones_like(loss));
  for (const auto& node : nodes) sweep.step(node);
  std::vector<Tensor> result;
  for (const Tensor& t : wrt) {
    const Tensor g = sweep.of(t);
    result.push_back(g.defined() ? g : zeros_like(t));
  }
  return result;
}

Tensor stop_gradient(const Tensor& x) { return apply(stop_op, {x}); }

Tensor tangent(const Tensor& y, const Tensor& x, const Tensor& direction) {
  if (direction.shape() != x.shape())
    throw Error(ErrorCode::kShape, "tangent", "direction %s for x %s", direction.shape().text().c_str(),
                x.shape().text().c_str());
  const Tensor probe = zeros_like(y);
  const Tensor wrt_x[] = {x};
  const Tensor wrt_probe[] = {probe};
  const Tensor sweep = gradient(y, wrt_x, probe)[0];
  return gradient(sweep, wrt_probe, direction)[0];
}

Tensor custom_gradient(const Tensor& forward, std::vector<Tensor> inputs, GradientRule rule) {
  inputs.insert(inputs.begin(), forward);
  return apply(custom_op, std::move(inputs), std::move(rule));
}

}  // namespace betwixt
