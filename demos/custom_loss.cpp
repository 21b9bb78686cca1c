// SPDX-License-Identifier: MIT
// A training step with a loss of one's own: edges count as much as colours, and codes stay near the origin.
//   custom_loss FOLDER OUT.safetensors [STEPS]
#include <betwixt/betwixt.h>
#include <betwixt/media/picture_folder.h>

#include <cstdio>
#include <cstdlib>

#include "demo_device.h"

using namespace betwixt;

namespace {

/// Differences of neighbouring pixels in a row.
Tensor edges(const Tensor& x) {
  const std::int64_t width = x.shape()[2];
  return slice(x, 2, 1, width - 1) - slice(x, 2, 0, width - 1);
}

}  // namespace

int main(int argc, char** argv) try {
  const Device device = demo_device(argc, argv);
  if (argc < 3) {
    std::fprintf(stderr, "usage: custom_loss FOLDER OUT.safetensors [STEPS]\n");
    return 2;
  }
  const Images frames = load_images(argv[1], {.size = 64});
  const DataSet data(device, frames);
  const Autoencoder model(device, {.picture = data.picture_shape(), .code = 3});
  model.start_at(data.channel_means());
  const Optimizer adam(model.parameters(), {.rate = {.base = 1e-3, .warmup_steps = 100}, .clip_norm = 1});
  Trainer trainer(device, {.seed = 1}, [&](TrainStep& step) {
    const Tensor clean = step.batch(data, 16);  // [16, 64, 64, c] in [0, 1]
    const Tensor noisy = corrupt_normal(clean, 0.05, step.stream("noise"), step.step());
    const Tensor codes = model.encode(step.pass(), noisy);
    const Tensor back = model.decode(step.pass(), codes);
    const Tensor loss = mse_loss(back, clean) + mse_loss(edges(back), edges(clean)) + 1e-4 * mean(square(codes));
    step.log("loss", loss);
    step.minimize(adam, loss);
  });
  const FitReport report = fit(trainer, {.steps = argc > 3 ? std::atoll(argv[3]) : 1000});
  save_model(argv[2], model, {.codes = model.encode(frames), .names = frames.names});
  std::printf("%s: loss %.2e after %lld steps\n", argv[2], report.loss, static_cast<long long>(report.steps));
  return 0;
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
