// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "betwixt/ops/binary.h"
#include "betwixt/ops/gradient.h"
#include "betwixt/tensor/op.h"

namespace betwixt::detail {

/// The same value as a tensor of its own, through which gradients flow.
inline Tensor fresh(const Tensor& x) {
  return custom_gradient(
      x, {x}, [](std::span<const Tensor>, const Tensor&, const Tensor& g) { return std::vector<Tensor>{g}; });
}

/// Gradient rule of a fused op from its slow composition: `compose(inputs)` gives the op's outputs made of ops that are
/// differentiable. The inputs are taken as independent of each other, as the op itself sees them.
template <class Compose>
std::vector<Tensor> composed_gradient(const GradientCall& call, const Compose& compose) {
  std::vector<Tensor> inputs;
  std::vector<Tensor> wanted;
  std::vector<std::size_t> index;
  for (int i = 0; i < call.node.input_count(); ++i) {
    inputs.push_back(fresh(call.input(i)));
    if (!call.needs(i)) continue;
    wanted.push_back(inputs.back());
    index.push_back(static_cast<std::size_t>(i));
  }
  const std::vector<Tensor> outputs = compose(inputs);
  std::vector<Tensor> result(inputs.size());
  for (std::size_t k = 0; k < outputs.size(); ++k) {
    const Tensor& seed = call.output_gradients[k];
    if (!seed.defined()) continue;
    const std::vector<Tensor> part = gradient(outputs[k], wanted, seed);
    for (std::size_t i = 0; i < part.size(); ++i) {
      Tensor& sum = result[index[i]];
      sum = sum.defined() ? add(sum, part[i]) : part[i];
    }
  }
  return result;
}

}  // namespace betwixt::detail
