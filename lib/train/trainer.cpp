// SPDX-License-Identifier: MIT
#include "betwixt/train/trainer.h"

#include <algorithm>

#include "betwixt/core/error.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/fill.h"
#include "betwixt/ops/put_row.h"
#include "betwixt/ops/random.h"
#include "betwixt/ops/reshape.h"
#include "betwixt/ops/unary.h"

namespace betwixt {

TrainStep::TrainStep(PassOptions options, bool shuffle) : pass_(options), step_(options.step), shuffle_(shuffle) {}

Tensor TrainStep::indices(std::int64_t rows, std::int64_t batch) const {
  return shuffled_indices(step_, {.rows = rows, .batch = batch, .stream = stream("data"), .ordered = !shuffle_});
}

Tensor TrainStep::batch(const DataSet& data, std::int64_t batch) const {
  return data.batch(indices(data.count(), batch));
}

Tensor TrainStep::minimize(const Optimizer& optimizer, const Tensor& loss) {
  Tensor finite;
  const Tensor flat = optimizer.minimize(pass_, loss, step_, &finite);
  finite_.push_back(finite);
  return flat;
}

void TrainStep::log(const std::string& name, const Tensor& scalar) {
  if (scalar.shape().elements() != 1)
    throw Error(ErrorCode::kShape, "trainer", "log %.64s: %s is no scalar", name.c_str(),
                scalar.shape().text().c_str());
  logged_.emplace_back(name, cast(reshape(scalar, {1}), DType::kF32));
}

Trainer::Trainer(const Device& device, const TrainerOptions& options, const StepFunction& build)
    : device_(device),
      options_(options),
      step_(device, "trainer.step", {{1}, DType::kU32}),
      refused_(device, "trainer.refused", {{1}, DType::kF32}) {
  if (options.history < 1)
    throw Error(ErrorCode::kArgument, "trainer", "a history of %lld", static_cast<long long>(options.history));
  const Tensor now = read(step_);
  TrainStep step({.training = true, .seed = options.seed, .step = now}, options.shuffle);
  build(step);
  std::vector<Tensor> outputs = step.pass_.updates();
  record(device, step, outputs);
  outputs.push_back(assign(step_, affine(now, 1, 1)));
  program_ = Program(device, outputs, options.plan);
  states_ = step.pass_.updated_states();
  states_.push_back(step_);
  states_.push_back(refused_);
  for (const Log& log : logs_) states_.push_back(log.ring);
}

void Trainer::record(const Device& device, const TrainStep& step, std::vector<Tensor>& outputs) {
  for (const auto& [name, scalar] : step.logged_) {
    const State ring(device, "trainer.log." + name, {{options_.history, 1}, DType::kF32});
    outputs.push_back(assign(ring, put_row(read(ring), step.step_, reshape(scalar, {1, 1}))));
    logs_.push_back({name, ring});
  }
  Tensor refused = read(refused_);
  for (const Tensor& finite : step.finite_) refused = refused + (1.0 - finite);
  if (!step.finite_.empty()) outputs.push_back(assign(refused_, refused));
}

std::int64_t Trainer::step() const { return step_.values<std::uint32_t>()[0]; }
std::int64_t Trainer::refused_steps() const { return static_cast<std::int64_t>(refused_.values<float>()[0]); }

std::vector<float> Trainer::history(const std::string& name, std::int64_t count) const {
  const auto log = std::ranges::find_if(logs_, [&](const Log& l) { return l.name == name; });
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
