// SPDX-License-Identifier: MIT
// How much a training step asks of the driver: workload A of the benchmarks, a convolutional autoencoder of 64 x 64
// pictures, batch 16.
#include "betwixt/nn/layers.h"
#include "betwixt/ops/losses.h"
#include "betwixt/ops/reshape.h"
#include "betwixt/train/trainer.h"
#include "tests/gpu/gpu_support.h"

namespace betwixt::test_gpu {
namespace {

constexpr ActivationOptions kLeaky{Activation::kLeakyRelu, 0.2f};

struct Network {
  explicit Network(const Parameters& set)
      : encoder(set, "enc"),
        to_code(set, "to_z", 4096, 2, {.flattened_input = {4, 4, 256}}),
        from_code(set, "from_z", 2, 4096, {.activation = kLeaky, .flattened_output = {4, 4, 256}}),
        decoder(set, "dec") {
    int in = 3;
    for (const int out : {32, 64, 128, 256}) {
      encoder.add<Conv2d>(in, out, ConvLayerOptions{.stride = 2, .padding = 1, .activation = kLeaky});
      in = out;
    }
    for (const int out : {128, 64, 32, 3}) {
      const ActivationOptions activation = out == 3 ? ActivationOptions{Activation::kSigmoid} : kLeaky;
      decoder.add<Conv2d>(in, out, ConvLayerOptions{.padding = 1, .upsample = 2, .activation = activation});
      in = out;
    }
  }
  Tensor operator()(Pass& pass, const Tensor& x) const {
    const std::int64_t n = x.shape()[0];
    const Tensor code = to_code(pass, reshape(encoder(pass, x), {n, 4096}));
    return decoder(pass, reshape(from_code(pass, code), {n, 4, 4, 256}));
  }

  Sequential encoder;
  Dense to_code, from_code;
  Sequential decoder;
};

class GpuStepCount : public GpuTest {};

TEST_F(GpuStepCount, AnAutoencodersStepNeedsFewDispatchesAndFewerBarriers) {
  VulkanOptions options;
  options.limits = GpuLimits{.cores = 8};
  const Device gpu = device(options);
  const Parameters set(gpu, "autoencoder", 1);
  const Network network(set);
  const State x(gpu, "x", {Shape{16, 64, 64, 3}, DType::kF32});
  const Optimizer optimizer(set, {});
  const VulkanCounters before = vulkan_counters(gpu);
  Trainer trainer(gpu, {.history = 1}, [&](TrainStep& step) {
    const Tensor picture = read(x);
    step.minimize(optimizer, mse_loss(network(step.pass(), picture), picture));
  });
  const VulkanCounters after = vulkan_counters(gpu);
  RecordProperty("dispatches", static_cast<int>(after.dispatches - before.dispatches));
  RecordProperty("barriers", static_cast<int>(after.barriers - before.barriers));
  EXPECT_LE(after.dispatches - before.dispatches, 50u);
  EXPECT_LE(after.barriers - before.barriers, 25u);
}

}  // namespace
}  // namespace betwixt::test_gpu
