// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "betwixt/tensor/op.h"

// Elementwise ops that follow one another, as one op of the CPU: the chain goes through its tensors block by block, so
// that what lies between its ops never leaves the first-level cache. Every step runs the kernel of the op that it
// stands for: same bits.

namespace betwixt::detail {

constexpr std::int64_t kChainBlock = 2048;  ///< elements
constexpr std::size_t kMostChainSteps = 6;
constexpr int kMostChainArguments = 3;  ///< of one step

/// One op of a chain.
struct ChainStep {
  const Op* op = nullptr;
  std::shared_ptr<const void> options;
  std::vector<int> arguments;         ///< below the number of the chain's inputs: that input; above: an earlier step
  int buffer = 0;                     ///< one block of scratch, where the result goes; not of the last step
  std::shared_ptr<const Node> whole;  ///< the same for one block
  std::shared_ptr<const Node> rest;   ///< and for the last one; null when it is as long as all others
};

/// Options of an elementwise chain. Its inputs have the result's shape or one element.
struct ChainOptions {
  std::vector<ChainStep> steps;  ///< in order; the last one gives the result
  int buffers = 0;               ///< blocks of scratch
  std::uint64_t first_id = 0;    ///< of the oldest node it stands for
};

/// Op::fuse of elementwise ops without a rule of their own.
std::vector<Tensor> fuse_elementwise(const Node& node, const Node& producer);
/// Op::fuse of activation_grad: along with the product that its gradient comes from, else as an elementwise op.
std::vector<Tensor> fuse_activation_grad(const Node& node, const Node& producer);

}  // namespace betwixt::detail
