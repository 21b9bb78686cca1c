// SPDX-License-Identifier: MIT
#include "betwixt/train/optimizer.h"

#include "betwixt/core/error.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/concat.h"
#include "betwixt/ops/gradient.h"
#include "betwixt/ops/gradient_clip.h"
#include "betwixt/ops/optimizer.h"
#include "betwixt/ops/reshape.h"

namespace betwixt {

Optimizer::Optimizer(const Parameters& parameters, OptimizerOptions options)
    : parameters_(parameters), options_(options) {
  const TensorType type = parameters.arena().type();
  const std::string& name = parameters.name();
  if (options_.kind == OptimizerOptions::Kind::kSgd) {
    if (options_.momentum > 0) states_.emplace_back(parameters.device(), name + ".momentum", type);
    return;
  }
  states_.emplace_back(parameters.device(), name + ".first_moment", type);
  states_.emplace_back(parameters.device(), name + ".second_moment", type);
}

Tensor Optimizer::minimize(Pass& pass, const Tensor& loss, const Tensor& step, Tensor* finite) const {
  return minimize(
      pass, 1, [&](int) { return loss; }, step, finite);
}

Tensor Optimizer::minimize(Pass& pass, int parts, const std::function<Tensor(int part)>& loss, const Tensor& step,
                           Tensor* finite) const {
  if (parts < 1) throw Error(ErrorCode::kArgument, "minimize", "a batch in %d parts", parts);
  Tensor g;
  // A program runs in the order it was composed: a part's gradient frees its activations before the next part.
  for (int part = 0; part < parts; ++part) {
    const Tensor scalar = loss(part);
    if (scalar.shape().elements() != 1)
      throw Error(ErrorCode::kShape, "minimize", "a loss of %s is no scalar", scalar.shape().text().c_str());
    const Tensor of_part = pack(gradient(scalar, pass.parameters(parameters_)));
    g = g.defined() ? g + of_part : of_part;
  }
  if (parts > 1) g = g * (1.0 / parts);
  return step_along(pass, g, step, finite);
}

Tensor Optimizer::step_along(Pass& pass, const Tensor& raw, const Tensor& step, Tensor* finite) const {
  Tensor g = raw;
  const Tensor enable = all_finite(g);
  if (finite) *finite = enable;
  if (options_.clip_norm > 0) g = clip_by_global_norm(g, options_.clip_norm);
  const State& arena = parameters_.arena();
  const Tensor now = pass.value(arena);
  const Tensor rate = schedule(step, options_.rate);
  Tensor next;
  if (options_.kind == OptimizerOptions::Kind::kSgd) {
    const Tensor buffer = states_.empty() ? Tensor() : pass.value(states_[0]);
    const SgdResult result = sgd_step(
        now, g, buffer, rate,
        {.momentum = options_.momentum, .nesterov = options_.nesterov, .weight_decay = options_.weight_decay}, enable);
    if (!states_.empty()) pass.update(states_[0], result.buffer);
    next = result.parameters;
  } else {
    const AdamResult result = adam_step(now, g, pass.value(states_[0]), pass.value(states_[1]), step, rate,
                                        {.beta1 = options_.beta1,
                                         .beta2 = options_.beta2,
                                         .epsilon = options_.epsilon,
                                         .weight_decay = options_.weight_decay,
                                         .decoupled = options_.kind == OptimizerOptions::Kind::kAdamW},
                                        enable);
    pass.update(states_[0], result.first_moment);
    pass.update(states_[1], result.second_moment);
    next = result.parameters;
  }
  pass.update(arena, next);
  const Tensor flat = pass.value(arena);
  pass.use(parameters_, flat);
  return flat;
}

}  // namespace betwixt
