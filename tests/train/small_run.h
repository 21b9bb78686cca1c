// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <vector>

#include "betwixt/cpu/cpu_device.h"
#include "betwixt/nn/layers.h"
#include "betwixt/ops/losses.h"
#include "betwixt/ops/random.h"
#include "betwixt/ops/reshape.h"
#include "betwixt/train/trainer.h"

namespace betwixt {

/// A network with everything a checkpoint must hold: moments, batch norm statistics, noise, shuffled data.
struct SmallRun {
  Device device;
  DataSet data;
  Parameters parameters;
  Dense first;
  BatchNorm norm;
  Dense last;
  Optimizer optimizer;
  Trainer trainer;

  static Images pictures() {
    Images images(11, 4, 4, 1);
    for (std::size_t i = 0; i < images.pixels.size(); ++i) images.pixels[i] = static_cast<std::uint8_t>(i * 37 % 251);
    return images;
  }
  explicit SmallRun(int threads, std::uint64_t memory_limit = 0, double loss_scale = 0)
      : device(cpu_device({.threads = threads})),
        data(device, pictures()),
        parameters(device, "run", 1),
        first(parameters, "first", 16, 8),
        norm(parameters, "norm", 8),
        last(parameters, "last", 8, 16),
        optimizer(parameters,
                  {.rate = {.kind = ScheduleKind::kCosine, .base = 1e-2, .warmup_steps = 5, .total_steps = 60},
                   .loss_scale = loss_scale}),
        trainer(device, {.seed = 9, .memory_limit = memory_limit}, [this](TrainStep& step) {
          const Tensor x = reshape(step.batch(data, 4), {4, 16});
          const Tensor noisy = corrupt_normal(x, 0.1, step.stream("noise"), step.step());
          const Tensor loss = mse_loss(last(step.pass(), norm(step.pass(), first(step.pass(), noisy))), x);
          step.log("loss", loss);
          step.minimize(optimizer, loss);
        }) {}

  std::vector<std::vector<std::byte>> everything() const {
    std::vector<std::vector<std::byte>> all;
    for (const State& state : trainer.states()) {
      all.emplace_back(state.type().bytes());
      state.read_bytes(all.back());
    }
    return all;
  }
};

}  // namespace betwixt
