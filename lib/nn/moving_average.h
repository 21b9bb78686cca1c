// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/nn/parameters.h"
#include "betwixt/nn/pass.h"

namespace betwixt {

/// Exponential moving average of a parameter set's weights (Polyak averaging with a horizon): often better than the
/// last weights, and it starts as the weights are when this is made. A handle; copies mean the same average.
///
///     const MovingAverage average(model.parameters(), 0.999);
///     Trainer trainer(device, {}, [&](TrainStep& step) { ...; step.minimize(adam, loss); average.update(step.pass());
///     });
///     ...
///     { const MovingAverage::Swap swap(average); save_model("averaged.safetensors", model); }
///
/// The average is a state that the step updates: it is in the trainer's checkpoints, and a refused step leaves it
/// alone.
class MovingAverage {
 public:
  /// E_VALUE unless 0 <= decay < 1. The horizon is about 1 / (1 - decay) steps.
  MovingAverage(const Parameters& parameters, double decay);

  /// average = decay * average + (1 - decay) * weights, with the weights that `pass` has now: call it after the
  /// optimiser.
  void update(Pass& pass) const;
  /// From here on `pass` computes with the averaged weights: for evaluation in a program of its own.
  void use(Pass& pass) const;
  /// Swaps the weights with the average, for as long as this lives; not while training.
  class Swap {
   public:
    /// Swaps now; the destructor swaps back.
    explicit Swap(const MovingAverage& average) : average_(average) { average_.exchange(); }
    ~Swap();
    Swap(const Swap&) = delete;
    Swap& operator=(const Swap&) = delete;

   private:
    const MovingAverage& average_;
  };
  /// Swaps weights and average through the host.
  void exchange() const;
  /// The average, as flat as the arena of the set.
  const State& state() const { return average_; }

 private:
  Parameters parameters_;
  double decay_;
  State average_;
};

}  // namespace betwixt
