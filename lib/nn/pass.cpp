// SPDX-License-Identifier: MIT
#include "betwixt/nn/pass.h"

#include <algorithm>

#include "betwixt/core/error.h"

namespace betwixt {

Pass::Version& Pass::version_of(const Parameters& set) {
  for (Version& version : versions_)
    if (version.set == set) return version;
  versions_.push_back({set, set.cut(read(set.arena()))});
  return versions_.back();
}

const Tensor& Pass::parameter(const Parameters& set, int index) {
  return version_of(set).tensors.at(static_cast<std::size_t>(index));
}

const std::vector<Tensor>& Pass::parameters(const Parameters& set) { return version_of(set).tensors; }

void Pass::use(const Parameters& set, const Tensor& flat) {
  for (Version& version : versions_)
    if (version.set == set) {
      version.tensors = set.cut(flat);
      return;
    }
  versions_.push_back({set, set.cut(flat)});  // the set's own storage is not needed then
}

Tensor Pass::value(const State& state) {
  for (const auto& [known, tensor] : states_)
    if (known == state) return tensor;
  return read(state);
}

void Pass::update(const State& state, const Tensor& value) {
  const Tensor version = assign(state, value);
  for (auto& [known, tensor] : states_) {
    if (!(known == state)) continue;
    tensor = version;
    return;
  }
  states_.emplace_back(state, version);
}

std::vector<Tensor> Pass::updates() const {
  std::vector<Tensor> tensors;
  for (const auto& [state, tensor] : states_) tensors.push_back(tensor);
  return tensors;
}

std::vector<State> Pass::updated_states() const {
  std::vector<State> states;
  for (const auto& [state, tensor] : states_) states.push_back(state);
  return states;
}

const Tensor& Pass::step(const char* layer) const {
  if (!options_.step.defined()) throw Error(ErrorCode::kArgument, layer, "draws random numbers: the pass needs a step");
  return options_.step;
}

}  // namespace betwixt
