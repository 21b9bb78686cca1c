// SPDX-License-Identifier: MIT
#include "betwixt/nn/moving_average.h"

#include "betwixt/core/error.h"
#include "betwixt/ops/optimizer.h"

namespace betwixt {
namespace {

std::vector<std::byte> contents(const State& state) {
  std::vector<std::byte> bytes(state.type().bytes());
  state.read_bytes(bytes);
  return bytes;
}

}  // namespace

MovingAverage::MovingAverage(const Parameters& parameters, double decay) : parameters_(parameters), decay_(decay) {
  if (!(decay >= 0 && decay < 1)) throw Error(ErrorCode::kValue, "moving average", "a decay of %g", decay);
  average_ = State(parameters.device(), parameters.name() + ".average", parameters.arena().type());
  average_.write_bytes(contents(parameters.arena()));
}

void MovingAverage::update(Pass& pass) const {
  pass.update(average_, ema_update(pass.value(average_), pass.value(parameters_.arena()), decay_));
}

void MovingAverage::use(Pass& pass) const { pass.use(parameters_, pass.value(average_)); }

void MovingAverage::exchange() const {
  const std::vector<std::byte> average = contents(average_);
  average_.write_bytes(contents(parameters_.arena()));
  parameters_.arena().write_bytes(average);
}

// A device that is lost on the way has lost the weights as well.
MovingAverage::Swap::~Swap() {
  try {
    average_.exchange();
  } catch (const std::exception&) {
  }
}

}  // namespace betwixt
