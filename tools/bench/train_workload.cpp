// SPDX-License-Identifier: MIT
#include <memory>

#include "bench.h"
#include "betwixt/train/trainer.h"

namespace betwixt::bench {

Workload train_workload(const Device& device, const Network& network) {
  const Optimizer optimizer(network.parameters, {});
  double gflop = 0;
  const auto trainer = std::make_shared<Trainer>(device, TrainerOptions{.history = 1}, [&](TrainStep& step) {
    const Tensor loss = network.loss(step.pass());
    gflop = count_gflop({step.minimize(optimizer, loss)});
  });
  return {[trainer, network] { trainer->run(1); }, gflop, 0, network.items,
          [trainer, network](std::int64_t steps) { trainer->run(steps); }};
}

}  // namespace betwixt::bench
