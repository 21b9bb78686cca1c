// SPDX-License-Identifier: MIT
#include <memory>

#include "bench.h"
#include "betwixt/nn/layers.h"
#include "betwixt/ops/losses.h"
#include "betwixt/ops/reshape.h"
#include "betwixt/tensor/program.h"

// A: convolutional autoencoder of 64 x 64 colour pictures with two latent variables.

namespace betwixt::bench {
namespace {

constexpr int kBatch = 16;
constexpr int kSide = 64;
constexpr int kLatent = 2;
constexpr int kFlat = 4096;
constexpr ActivationOptions kLeaky{Activation::kLeakyRelu, 0.2f};

struct Autoencoder {
  explicit Autoencoder(const Parameters& set)
      : encoder(set, "enc"),
        to_code(set, "to_z", kFlat, kLatent, {.flattened_input = {4, 4, 256}}),
        from_code(set, "from_z", kLatent, kFlat, {.activation = kLeaky, .flattened_output = {4, 4, 256}}),
        decoder(set, "dec") {
    int in = 3;
    for (const int out : {32, 64, 128, 256}) {
      encoder.add<Conv2d>(in, out, ConvLayerOptions{.stride = 2, .padding = 1, .activation = kLeaky});
      encoder.skip();
      in = out;
    }
    for (const int out : {128, 64, 32, 3}) {
      const ActivationOptions activation = out == 3 ? ActivationOptions{Activation::kSigmoid} : kLeaky;
      decoder.skip();
      decoder.add<Conv2d>(in, out, ConvLayerOptions{.padding = 1, .upsample = 2, .activation = activation});
      decoder.skip();
      in = out;
    }
  }
  Tensor operator()(Pass& pass, const Tensor& x) const {
    const std::int64_t n = x.shape()[0];
    const Tensor code = to_code(pass, reshape(encoder(pass, x), {n, kFlat}));
    return decoder(pass, reshape(from_code(pass, code), {n, 4, 4, 256}));
  }

  Sequential encoder;
  Dense to_code, from_code;
  Sequential decoder;
};

Workload infer(const Settings& settings, int batch) {
  const Device device = device_of(settings);
  const Parameters set(device, "autoencoder", 1);
  const Autoencoder model(set);
  const State x = random_state(device, "x", {batch, kSide, kSide, 3});
  Pass pass;
  const Tensor y = model(pass, read(x));
  const auto program = std::make_shared<Program>(device, std::vector<Tensor>{y});
  return {[program, set, x] { program->run(); }, count_gflop({y}), 0, batch};
}

}  // namespace

Network autoencoder_network(const Device& device, int batch) {
  const Parameters set(device, "autoencoder", 1);
  const auto model = std::make_shared<Autoencoder>(set);
  const State x = random_state(device, "x", {batch, kSide, kSide, 3});
  return {set,
          {{"x", x}},
          [model, x](Pass& pass) {
            const Tensor picture = read(x);
            return mse_loss((*model)(pass, picture), picture);
          },
          batch};
}

std::vector<Case> autoencoder_cases() {
  return {{"A.train",
           [](const Settings& settings) {
             const Device device = device_of(settings);
             return train_workload(device, autoencoder_network(device, kBatch));
           }},
          {"A.infer1", [](const Settings& settings) { return infer(settings, 1); }},
          {"A.infer16", [](const Settings& settings) { return infer(settings, kBatch); }}};
}

}  // namespace betwixt::bench
