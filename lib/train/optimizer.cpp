// SPDX-License-Identifier: MIT
#include "betwixt/train/optimizer.h"

#include <cmath>

#include "betwixt/core/error.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/concat.h"
#include "betwixt/ops/gradient.h"
#include "betwixt/ops/gradient_clip.h"
#include "betwixt/ops/optimizer.h"
#include "betwixt/ops/reshape.h"
#include "betwixt/ops/unary.h"
#include "betwixt/tensor/plan.h"

namespace betwixt {
namespace {

constexpr double kHalfLossScale = 32768;

double loss_scale_of(const Device& device, double asked) {
  if (asked < 0 || !std::isfinite(asked)) throw Error(ErrorCode::kArgument, "optimizer", "a loss scale of %g", asked);
  if (asked > 0) return asked;
  return device.backend().plan_rules().storage == DType::kF16 ? kHalfLossScale : 1;
}

}  // namespace

Optimizer::Optimizer(const Parameters& parameters, OptimizerOptions options)
    : parameters_(parameters), options_(options) {
  const TensorType type = parameters.arena().type();
  const std::string& name = parameters.name();
  if (options_.kind == OptimizerOptions::Kind::kSgd) {
    if (options_.momentum > 0) states_.emplace_back(parameters.device(), name + ".momentum", type);
  } else {
    states_.emplace_back(parameters.device(), name + ".first_moment", type);
    states_.emplace_back(parameters.device(), name + ".second_moment", type);
  }
  const double scale = loss_scale_of(parameters.device(), options_.loss_scale);
  if (scale == 1) return;
  loss_scale_ = State(parameters.device(), name + ".loss_scale", {{1}, DType::kF32});
  loss_scale_.write(std::vector<float>{static_cast<float>(scale)});
  states_.push_back(loss_scale_);
}

/// Where the gradient of `loss` starts; undefined for one.
Tensor Optimizer::seed_of(Pass& pass, const Tensor& loss) const {
  if (!loss_scale_.defined()) return {};
  return reshape(cast(pass.value(loss_scale_), loss.dtype()), loss.shape());
}

Tensor Optimizer::unscaled(Pass& pass, const Tensor& gradient, const Tensor& enable) const {
  if (!loss_scale_.defined()) return gradient;
  const Tensor scale = pass.value(loss_scale_);
  pass.update(loss_scale_, where(enable, scale, scale * 0.5));
  return gradient / cast(scale, gradient.dtype());
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
    const Tensor of_part = pack(gradient(scalar, pass.parameters(parameters_), seed_of(pass, scalar)));
    g = g.defined() ? g + of_part : of_part;
  }
  if (parts > 1) g = g * (1.0 / parts);
  return step_along(pass, g, step, finite);
}

Tensor Optimizer::step_along(Pass& pass, const Tensor& raw, const Tensor& step, Tensor* finite) const {
  const Tensor enable = all_finite(raw);
  if (finite) *finite = enable;
  Tensor g = unscaled(pass, raw, enable);
  if (options_.clip_norm > 0) g = clip_by_global_norm(g, options_.clip_norm);
  const State& arena = parameters_.arena();
  const Tensor now = pass.value(arena);
  const Tensor rate = schedule(step, options_.rate);
  Tensor next;
  if (options_.kind == OptimizerOptions::Kind::kSgd) {
    const bool has_buffer = options_.momentum > 0;
    const Tensor buffer = has_buffer ? pass.value(states_[0]) : Tensor();
    const SgdResult result = sgd_step(
        now, g, buffer, rate,
        {.momentum = options_.momentum, .nesterov = options_.nesterov, .weight_decay = options_.weight_decay}, enable);
    if (has_buffer) pass.update(states_[0], result.buffer);
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
