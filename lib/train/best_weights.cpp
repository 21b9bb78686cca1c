// SPDX-License-Identifier: MIT
#include "betwixt/train/best_weights.h"

#include "betwixt/core/error.h"
#include "betwixt/nn/weights_copy.h"

namespace betwixt {
namespace {

void copy_state(const State& from, const State& to) {
  std::vector<std::byte> bytes(from.type().bytes());
  from.read_bytes(bytes);
  to.write_bytes(bytes);
}

}  // namespace

BestWeights::BestWeights(const Parameters& parameters, Trainer& trainer, std::int64_t patience)
    : parameters_(parameters),
      trainer_(&trainer),
      patience_(patience),
      error_(parameters.device(), "best.error", {{1}, DType::kF32}),
      step_(parameters.device(), "best.step", {{1}, DType::kU32}) {
  if (patience < 0)
    throw Error(ErrorCode::kArgument, "best weights", "a patience of %lld", static_cast<long long>(patience));
  for (const State& state : weight_states(parameters)) {
    std::string name = "best.";
    name += state.name();
    kept_.emplace_back(parameters.device(), name, state.type());
  }
  for (const State& state : kept_) trainer.keep(state);
  trainer.keep(error_);
  trainer.keep(step_);
}

bool BestWeights::any() const { return step_.values<std::uint32_t>()[0] > 0; }
double BestWeights::error() const { return static_cast<double>(error_.values<float>()[0]); }
std::int64_t BestWeights::step() const { return static_cast<std::int64_t>(step_.values<std::uint32_t>()[0]) - 1; }

bool BestWeights::look(double error) {
  const auto rounded = static_cast<float>(error);
  if (!(rounded == rounded) || (any() && !(rounded < error_.values<float>()[0]))) return false;
  error_.write(std::vector<float>{rounded});
  step_.write(std::vector<std::uint32_t>{static_cast<std::uint32_t>(trainer_->step() + 1)});
  const std::vector<State> states = weight_states(parameters_);
  for (std::size_t i = 0; i < states.size(); ++i) copy_state(states[i], kept_[i]);
  return true;
}

bool BestWeights::enough() const { return patience_ > 0 && any() && trainer_->step() - step() >= patience_; }

void BestWeights::restore() const {
  if (!any()) return;
  const std::vector<State> states = weight_states(parameters_);
  for (std::size_t i = 0; i < states.size(); ++i) copy_state(kept_[i], states[i]);
}

}  // namespace betwixt
