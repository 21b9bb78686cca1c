// SPDX-License-Identifier: MIT
#include "betwixt/nn/weights_copy.h"

#include "betwixt/core/error.h"

namespace betwixt {

std::vector<State> weight_states(const Parameters& parameters) {
  std::vector<State> states{parameters.arena()};
  for (const BufferSpec& buffer : parameters.buffers()) states.push_back(buffer.state);
  return states;
}

WeightsCopy::WeightsCopy(const Parameters& parameters) {
  for (const State& state : weight_states(parameters)) {
    parts_.emplace_back(state.type().bytes());
    state.read_bytes(parts_.back());
  }
}

void WeightsCopy::restore(const Parameters& parameters) const {
  if (empty()) throw Error(ErrorCode::kArgument, "weights", "an empty copy was restored");
  const std::vector<State> states = weight_states(parameters);
  bool fits = states.size() == parts_.size();
  for (std::size_t i = 0; fits && i < states.size(); ++i) fits = states[i].type().bytes() == parts_[i].size();
  if (!fits)
    throw Error(ErrorCode::kMismatch, "weights", "the copy is of another set than %.64s", parameters.name().c_str());
  for (std::size_t i = 0; i < states.size(); ++i) states[i].write_bytes(parts_[i]);
}

}  // namespace betwixt
