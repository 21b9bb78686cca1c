// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "betwixt/data/data_set.h"
#include "betwixt/nn/pass.h"
#include "betwixt/tensor/program.h"
#include "betwixt/train/optimizer.h"

namespace betwixt {

/// What a step function composes one training step from.
class TrainStep {
 public:
  /// Forward context in training mode; optimisers move it on to the new weights.
  Pass& pass() { return pass_; }
  /// u32[1]: steps done before this one.
  const Tensor& step() const { return step_; }

  /// Indices (u32 [batch]) of this step's pictures: a fresh permutation every epoch, by the trainer's seed.
  Tensor indices(std::int64_t rows, std::int64_t batch) const;
  /// This step's pictures as floats in [0, 1]: [batch, h, w, c].
  Tensor batch(const DataSet& data, std::int64_t batch) const;
  /// Part `part` of `parts` equal parts of the same pictures. E_ARGUMENT unless `parts` divides `batch`.
  Tensor batch_part(const DataSet& data, std::int64_t batch, int part, int parts) const;
  RandomStream stream(const std::string& name) const { return pass_.stream(name); }

  /// Differentiates and updates; what is composed afterwards sees the new weights. Several calls make several
  /// optimisers: discriminator first, then the generator with the new discriminator.
  Tensor minimize(const Optimizer& optimizer, const Tensor& loss);
  /// Gradient accumulation: down the mean of the losses of the batch's parts, with one part at a time in memory. The
  /// step is that of the whole batch up to rounding; layers that look at the whole batch, as batch norm, see a part.
  ///     step.minimize(adam, 4, [&](int part) {
  ///       const Tensor x = step.batch_part(data, 64, part, 4);
  ///       return mse_loss(model(step.pass(), x), x);
  ///     });
  Tensor minimize(const Optimizer& optimizer, int parts, const std::function<Tensor(int part)>& loss);
  /// Keeps a scalar of every step in the trainer's history.
  void log(const std::string& name, const Tensor& scalar);

 private:
  friend class Trainer;
  TrainStep(const PassOptions& options, bool shuffle);
  /// A step that is refused must not move statistics and averages either.
  void hold_when_refused();

  Pass pass_;
  Tensor step_;
  bool shuffle_;
  std::vector<std::pair<std::string, Tensor>> logged_;
  std::vector<Tensor> finite_;
  std::vector<State> held_;  ///< by their optimisers already
};

/// How a training step is compiled.
struct TrainerOptions {
  std::uint64_t seed = 1;       ///< of everything random in the step
  bool shuffle = true;          ///< off: pictures in the order of the set
  std::int64_t history = 4096;  ///< steps of each logged scalar kept on the device
  PlanOptions plan = {};        ///< how the step is laid out in memory
  /// Most device bytes that weights, moments, data and the compiled step may take together; 0 is no limit. Above it:
  /// E_LIMIT with the figures, before the step's memory is allocated.
  std::uint64_t memory_limit = 0;
};

/// Device memory of a training run.
struct TrainingMemory {
  std::size_t state_bytes = 0;    ///< weights, moments, statistics, data, histories: everything that outlives a step
  std::size_t program_bytes = 0;  ///< activations and scratch of the compiled step; 0 after `release_memory`
  std::size_t peak_program_bytes = 0;  ///< largest `program_bytes` so far
  /// Bytes in use now.
  std::size_t total() const { return state_bytes + program_bytes; }
  /// Most bytes in use so far.
  std::size_t peak() const { return state_bytes + peak_program_bytes; }
};

/// Runs one whole training step as one program: gather, corrupt, forward, losses, backward, optimisers, statistics,
/// loss history. Nothing but the history crosses to the host, and only when asked for.
class Trainer {
 public:
  /// Composes one step: called once, when the trainer is made.
  using StepFunction = std::function<void(TrainStep&)>;

  /// Composes and compiles the step. E_LIMIT when `memory_limit` is passed, E_OOM.
  Trainer(const Device& device, const TrainerOptions& options, const StepFunction& build);

  /// Runs whole steps; `stop` is looked at between them and may be set from any thread.
  RunResult run(std::int64_t steps, const std::atomic<bool>* stop = nullptr) { return compiled().run(steps, stop); }
  /// Runs whole steps until `milliseconds` have passed; at least one.
  RunResult run_for(double milliseconds, const std::atomic<bool>* stop = nullptr) {
    return compiled().run_for(milliseconds, stop);
  }

  /// Steps done since the very start (restored by a checkpoint).
  std::int64_t step() const;
  /// The last `count` values of a logged scalar, oldest first. E_MISSING for a name never logged.
  std::vector<float> history(const std::string& name, std::int64_t count) const;
  std::vector<std::string> logged() const;
  /// Steps refused because a loss or gradient was not finite.
  std::int64_t refused_steps() const;

  /// The compiled step; empty after `release_memory`.
  const Program& program() const { return program_; }
  /// Device memory now and at its peak.
  TrainingMemory memory() const;
  /// Frees the compiled step: activations and scratch. The next run compiles it again; results stay the same bits.
  void release_memory();
  /// Everything a step changes: weights, moments, statistics, the step counter, histories. What a checkpoint holds.
  const std::vector<State>& states() const { return states_; }
  /// Adds a state of the caller's to those (the best weights so far).
  void keep(const State& state);
  const Device& device() const { return device_; }
  const TrainerOptions& options() const { return options_; }

 private:
  struct Log {
    std::string name;
    State ring;
  };
  void record(const Device& device, const TrainStep& step);
  void check_memory() const;
  Program& compiled();

  Device device_;
  TrainerOptions options_;
  std::vector<State> states_;
  State step_;
  State refused_;
  std::vector<Log> logs_;
  std::vector<Tensor> outputs_;
  Program program_;
  bool is_compiled_ = false;
  std::size_t state_bytes_ = 0;
  std::size_t program_bytes_ = 0;
};

}  // namespace betwixt
