// SPDX-License-Identifier: MIT
#include "betwixt/train/trainer.h"

#include <algorithm>
#include <new>
#include <set>

#include "betwixt/core/error.h"
#include "betwixt/core/guard_memory.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/fill.h"
#include "betwixt/ops/put_row.h"
#include "betwixt/ops/random.h"
#include "betwixt/ops/reshape.h"
#include "betwixt/ops/slice.h"
#include "betwixt/ops/unary.h"

namespace betwixt {
namespace {

/// Every state that a program of these outputs reads or writes.
std::vector<State> states_behind(const std::vector<Tensor>& outputs) {
  std::set<const Node*> seen;
  std::vector<const Node*> open;
  std::vector<State> states;
  auto visit = [&](const Tensor& tensor) {
    if (tensor.defined() && seen.insert(&tensor.node()).second) open.push_back(&tensor.node());
  };
  for (const Tensor& output : outputs) visit(output);
  while (!open.empty()) {
    const Node& node = *open.back();
    open.pop_back();
    const State state = state_of(node);
    if (state.defined() && std::find(states.begin(), states.end(), state) == states.end()) states.push_back(state);
    for (const Tensor& input : node.inputs) visit(input);
  }
  return states;
}

}  // namespace

TrainStep::TrainStep(const PassOptions& options, bool shuffle)
    : pass_(options), step_(options.step), shuffle_(shuffle) {}

Tensor TrainStep::indices(std::int64_t rows, std::int64_t batch) const {
  return shuffled_indices(step_, {.rows = rows, .batch = batch, .stream = stream("data"), .ordered = !shuffle_});
}

Tensor TrainStep::batch(const DataSet& data, std::int64_t batch) const {
  return data.batch(indices(data.count(), batch));
}

Tensor TrainStep::batch_part(const DataSet& data, std::int64_t batch, int part, int parts) const {
  if (parts < 1 || batch % parts != 0 || part < 0 || part >= parts)
    throw Error(ErrorCode::kArgument, "trainer", "part %d of %d of a batch of %lld", part, parts,
                static_cast<long long>(batch));
  const std::int64_t size = batch / parts;
  return data.batch(slice(indices(data.count(), batch), 0, part * size, size));
}

Tensor TrainStep::minimize(const Optimizer& optimizer, const Tensor& loss) {
  return minimize(optimizer, 1, [&](int) { return loss; });
}

Tensor TrainStep::minimize(const Optimizer& optimizer, int parts, const std::function<Tensor(int part)>& loss) {
  Tensor finite;
  const Tensor flat = optimizer.minimize(pass_, parts, loss, step_, &finite);
  finite_.push_back(finite);
  held_.push_back(optimizer.parameters().arena());
  held_.insert(held_.end(), optimizer.states().begin(), optimizer.states().end());
  return flat;
}

void TrainStep::hold_when_refused() {
  if (finite_.empty()) return;
  Tensor all = finite_.front();
  for (std::size_t i = 1; i < finite_.size(); ++i) all = all * finite_[i];
  for (const State& state : pass_.updated_states()) {
    if (std::find(held_.begin(), held_.end(), state) != held_.end() || !is_float(state.type().dtype)) continue;
    const Tensor allowed = cast(all, state.type().dtype);
    pass_.update(state, where(allowed, pass_.value(state), read(state)));
  }
}

void TrainStep::log(const std::string& name, const Tensor& scalar) {
  if (scalar.shape().elements() != 1)
    throw Error(ErrorCode::kShape, "trainer", "log %.64s: %s is no scalar", name.c_str(),
                scalar.shape().text().c_str());
  logged_.emplace_back(name, cast(reshape(scalar, {1}), DType::kF32));
}

Trainer::Trainer(const Device& device, const TrainerOptions& options, const StepFunction& build) try
    : device_(device),
      options_(options),
      step_(device, "trainer.step", {{1}, DType::kU32}),
      refused_(device, "trainer.refused", {{1}, DType::kF32}) {
  if (options.history < 1)
    throw Error(ErrorCode::kArgument, "trainer", "a history of %lld", static_cast<long long>(options.history));
  const Tensor now = read(step_);
  TrainStep step({.training = true, .seed = options.seed, .step = now}, options.shuffle);
  build(step);
  step.hold_when_refused();
  outputs_ = step.pass_.updates();
  record(device, step);
  outputs_.push_back(assign(step_, affine(now, 1, 1)));
  for (const State& state : states_behind(outputs_)) state_bytes_ += state.type().bytes();
  check_memory();
  program_bytes_ = compiled().peak_bytes();
  states_ = step.pass_.updated_states();
  states_.push_back(step_);
  states_.push_back(refused_);
  for (const Log& log : logs_) states_.push_back(log.ring);
} catch (const std::bad_alloc&) {
  throw Error(ErrorCode::kOutOfMemory, "trainer", "no memory");
}

void Trainer::check_memory() const {
  if (options_.memory_limit == 0) return;
  const std::size_t program = Program::plan_bytes(device_, outputs_, options_.plan);
  if (state_bytes_ + program <= options_.memory_limit) return;
  throw Error(ErrorCode::kLimit, "trainer",
              "training takes %zu bytes: %zu of weights, moments and data, %zu of the step", state_bytes_ + program,
              state_bytes_, program)
      .expected("at most %llu", static_cast<unsigned long long>(options_.memory_limit))
      .limit("memory_limit");
}

Program& Trainer::compiled() {
  if (!is_compiled_) guard_memory("trainer", [&] { program_ = Program(device_, outputs_, options_.plan); });
  is_compiled_ = true;
  return program_;
}

void Trainer::release_memory() {
  program_ = Program();
  is_compiled_ = false;
}

TrainingMemory Trainer::memory() const { return {state_bytes_, is_compiled_ ? program_bytes_ : 0, program_bytes_}; }

void Trainer::keep(const State& state) {
  states_.push_back(state);
  state_bytes_ += state.type().bytes();
}

void Trainer::record(const Device& device, const TrainStep& step) {
  for (const auto& [name, scalar] : step.logged_) {
    const State ring(device, "trainer.log." + name, {{options_.history, 1}, DType::kF32});
    outputs_.push_back(assign(ring, put_row(read(ring), step.step_, reshape(scalar, {1, 1}))));
    logs_.push_back({name, ring});
  }
  Tensor refused = read(refused_);
  for (const Tensor& finite : step.finite_) refused = (refused + 1.0) - finite;
  if (!step.finite_.empty()) outputs_.push_back(assign(refused_, refused));
}

std::int64_t Trainer::step() const { return step_.values<std::uint32_t>()[0]; }
std::int64_t Trainer::refused_steps() const { return static_cast<std::int64_t>(refused_.values<float>()[0]); }

std::vector<float> Trainer::history(const std::string& name, std::int64_t count) const {
  const auto log = std::find_if(logs_.begin(), logs_.end(), [&](const Log& l) { return l.name == name; });
  if (log == logs_.end()) throw Error(ErrorCode::kMissing, "trainer", "nothing is logged as %.64s", name.c_str());
  const std::vector<float> ring = log->ring.values<float>();
  const std::int64_t done = step();
  count = std::clamp<std::int64_t>(count, 0, std::min(done, options_.history));
  std::vector<float> values;
  for (std::int64_t i = done - count; i < done; ++i)
    values.push_back(ring[static_cast<std::size_t>(i % options_.history)]);
  return values;
}

std::vector<std::string> Trainer::logged() const {
  std::vector<std::string> names;
  for (const Log& log : logs_) names.push_back(log.name);
  return names;
}

}  // namespace betwixt
