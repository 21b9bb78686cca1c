// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/elementwise_chain.h"

#include <algorithm>

#include "betwixt/core/error.h"
#include "betwixt/ops/fill.h"
#include "betwixt/tensor/cpu_kernel.h"

namespace betwixt {

BETWIXT_CPU_KERNEL(elementwise_chain_cpu)

namespace {

using detail::ChainOptions;
using detail::ChainStep;
using detail::kChainBlock;

constexpr std::int64_t kFewestElements = 4 * kChainBlock;
/// Ops made so many apart are not joined: what the first one reads would have to be kept for the second one.
constexpr std::uint64_t kFarApart = 16;

std::vector<TensorType> chain_shape(const Node& node) {
  // The first input of the result's size tells it; fuse_elementwise makes sure that there is one.
  for (const Tensor& input : node.inputs)
    if (input.shape().elements() > 1) return {input.type()};
  throw Error(ErrorCode::kShape, "elementwise_chain", "no input of more than one element");
}

std::size_t chain_scratch(const Node& node, int threads) {
  const auto buffers = static_cast<std::size_t>(node.options<ChainOptions>().buffers);
  return buffers * static_cast<std::size_t>(kChainBlock) * dtype_size(node.output_type().dtype) *
         static_cast<std::size_t>(threads);
}

/// Block by block all steps are done before the result is written.
std::uint32_t inputs_of_its_size(const Node& node, int) {
  std::uint32_t mask = 0;
  for (int i = 0; i < node.input_count() && i < 32; ++i)
    if (node.input_shape(i) == node.output_shape()) mask |= 1u << i;
  return mask;
}

const Op chain_op{.name = "elementwise_chain",
                  .shape = chain_shape,
                  .cpu = elementwise_chain_cpu,
                  .cpu_scratch = chain_scratch,
                  .in_place = inputs_of_its_size,
                  .fuse = detail::fuse_elementwise};

bool may_join(const Node& node) {
  if (node.op->fuse != detail::fuse_elementwise && node.op->fuse != detail::fuse_activation_grad) return false;
  const TensorType& result = node.output_type();
  if ((result.dtype != DType::kF32 && result.dtype != DType::kF64) || result.shape.elements() < kFewestElements)
    return false;
  return std::all_of(node.inputs.begin(), node.inputs.end(), [&](const Tensor& input) {
    return input.dtype() == result.dtype && (input.shape() == result.shape || input.shape().elements() == 1);
  });
}

/// A chain in the making.
struct Chain {
  std::vector<Tensor> inputs;
  ChainOptions options;

  int input(const Tensor& tensor) {
    const auto found = std::find(inputs.begin(), inputs.end(), tensor);
    if (found == inputs.end()) inputs.push_back(tensor);
    return static_cast<int>(found - inputs.begin());
  }
};

std::uint64_t first_id(const Node& node) {
  return node.op == &chain_op ? node.options<ChainOptions>().first_id : node.id;
}

std::vector<ChainStep> steps_of(const Node& node) {
  if (node.op == &chain_op) return node.options<ChainOptions>().steps;
  ChainStep step{.op = node.op, .options = node.option_data};
  for (int i = 0; i < node.input_count(); ++i) step.arguments.push_back(i);
  return {step};
}

/// Appends the steps of `node`. Arguments are first the inputs, in the order of `inputs`, then `before` steps and its
/// own ones; where `absorbed` is an input, the last of the steps before stands for it.
void append(Chain& chain, const Node& node, const Node* absorbed, int inputs, int before) {
  for (ChainStep step : steps_of(node)) {
    for (int& argument : step.arguments) {
      if (argument >= node.input_count()) {
        argument += inputs - node.input_count() + before;
        continue;
      }
      const Tensor& tensor = node.inputs[static_cast<std::size_t>(argument)];
      argument = &tensor.node() == absorbed ? inputs + before - 1 : chain.input(tensor);
    }
    chain.options.steps.push_back(std::move(step));
  }
}

/// Step `step` is the last one that reads the result of step `result`.
bool is_last_use(const Chain& chain, std::size_t step, std::size_t result) {
  const int number = static_cast<int>(chain.inputs.size() + result);
  const auto reads = [&](const ChainStep& s) {
    return std::find(s.arguments.begin(), s.arguments.end(), number) != s.arguments.end();
  };
  const auto& steps = chain.options.steps;
  return reads(steps[step]) && std::none_of(steps.begin() + static_cast<std::ptrdiff_t>(step) + 1, steps.end(), reads);
}

/// Gives every result a buffer that nobody needs any more; a step may write over what it reads.
void choose_buffers(Chain& chain) {
  auto& steps = chain.options.steps;
  std::vector<char> taken(steps.size(), 0);
  chain.options.buffers = 0;
  for (std::size_t s = 0; s + 1 < steps.size(); ++s) {
    for (std::size_t before = 0; before < s; ++before)
      if (is_last_use(chain, s, before)) taken[static_cast<std::size_t>(steps[before].buffer)] = 0;
    steps[s].buffer = static_cast<int>(std::find(taken.begin(), taken.end(), 0) - taken.begin());
    taken[static_cast<std::size_t>(steps[s].buffer)] = 1;
    chain.options.buffers = std::max(chain.options.buffers, steps[s].buffer + 1);
  }
}

/// The op on tensors of `count` elements, for its kernel.
std::shared_ptr<const Node> node_of_size(const Chain& chain, const ChainStep& step, std::int64_t count) {
  if (count == 0) return nullptr;
  const DType dtype = chain.inputs[0].dtype();
  std::vector<Tensor> arguments;
  for (const int argument : step.arguments) {
    const auto i = static_cast<std::size_t>(argument);
    const bool single = i < chain.inputs.size() && chain.inputs[i].shape().elements() == 1;
    arguments.push_back(zeros(Shape{single ? 1 : count}, dtype));
  }
  return apply(*step.op, arguments, step.options).node_pointer();
}

}  // namespace

std::vector<Tensor> detail::fuse_elementwise(const Node& node, const Node& producer) {
  if (!may_join(node) || !may_join(producer) || node.output_type() != producer.output_type()) return {};
  const std::uint64_t first = std::min(first_id(node), first_id(producer));
  const std::size_t before = steps_of(producer).size();
  if (before + steps_of(node).size() > kMostChainSteps || first_id(node) > first_id(producer) + kFarApart) return {};
  Chain chain;
  chain.options.first_id = first;
  for (const Tensor& input : producer.inputs) chain.input(input);
  for (const Tensor& input : node.inputs)
    if (&input.node() != &producer) chain.input(input);
  const int inputs = static_cast<int>(chain.inputs.size());
  append(chain, producer, nullptr, inputs, 0);
  append(chain, node, &producer, inputs, static_cast<int>(before));
  choose_buffers(chain);
  const std::int64_t elements = node.output_shape().elements();
  for (ChainStep& step : chain.options.steps) {
    step.whole = node_of_size(chain, step, kChainBlock);
    step.rest = node_of_size(chain, step, elements % kChainBlock);
  }
  const auto full = [&](const Tensor& input) { return input.shape() == node.output_shape(); };
  if (inputs > 32 || std::none_of(chain.inputs.begin(), chain.inputs.end(), full)) return {};
  return {apply(chain_op, chain.inputs, chain.options)};
}

}  // namespace betwixt
