// SPDX-License-Identifier: MIT
#include <memory>
#include <optional>

#include "bench.h"
#include "betwixt/nn/layers.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/concat.h"
#include "betwixt/ops/conv2d_joined.h"
#include "betwixt/ops/losses.h"
#include "betwixt/ops/pyramid.h"
#include "betwixt/ops/reshape.h"
#include "betwixt/ops/slice.h"
#include "betwixt/ops/unary.h"

// B: a variational autoencoder for each of four levels of a Laplacian pyramid, every level seeing the coarser picture,
// all trained in one step.

namespace betwixt::bench {
namespace {

constexpr int kBatch = 8;
constexpr int kSide = 128;
constexpr int kLevels = 4;
constexpr int kLatent = 32;
constexpr int kChannels = 128;  // where encoder and decoder meet
constexpr ActivationOptions kLeaky{Activation::kLeakyRelu, 0.2f};

struct LevelLoss {
  Tensor picture;
  Tensor divergence;
};

class Level {
 public:
  Level(const Parameters& set, const std::string& name, int size, bool conditional)
      : set_(set),
        side_(size / 8),
        conditional_(conditional),
        encoder_(set, name + ".enc"),
        to_code_(set, name + ".to_z", flat(), 2 * kLatent, {.flattened_input = {side_, side_, kChannels}}),
        from_code_(set, name + ".from_z", kLatent, flat(), {.flattened_output = {side_, side_, kChannels}}),
        decoder_(set, name + ".dec"),
        head_(set, name + ".head", conditional ? 19 : 16, 3, {.padding = 1}) {
    int in = conditional ? 6 : 3;
    for (const int out : {32, 64, kChannels}) {
      encoder_.add<Conv2d>(in, out, ConvLayerOptions{.stride = 2, .padding = 1, .activation = kLeaky}), in = out;
      encoder_.skip();
    }
    for (const int out : {64, 32, 16}) {
      decoder_.skip();
      decoder_.add<Conv2d>(in, out, ConvLayerOptions{.padding = 1, .upsample = 2, .activation = kLeaky}), in = out;
      decoder_.skip();
    }
  }

  LevelLoss operator()(Pass& pass, const Tensor& band, const Tensor& condition, const Tensor& noise) const {
    const std::int64_t n = band.shape()[0];
    const Tensor seen = conditional_ ? concat({band, condition}, 3) : band;
    const Tensor code = to_code_(pass, reshape(encoder_(pass, seen), {n, flat()}));
    const Tensor mean = slice(code, 1, 0, kLatent);
    const Tensor log_variance = slice(code, 1, kLatent, kLatent);
    const Tensor drawn = mean + noise * exp(log_variance * 0.5);
    const Tensor start = reshape(from_code_(pass, drawn), {n, side_, side_, kChannels});
    const Tensor features = decoder_(pass, start);
    const Tensor y = conditional_ ? joined_head(pass, features, condition) : head_(pass, features);
    return {mse_loss(y, band), kl_standard(mean, log_variance)};
  }

 private:
  Tensor joined_head(Pass& pass, const Tensor& features, const Tensor& condition) const {
    return conv2d_joined({{features, 1}, {condition, 1}}, pass.parameter(set_, head_.weight()),
                         pass.parameter(set_, head_.bias()), {.padding = 1});
  }
  std::int64_t flat() const { return std::int64_t{kChannels} * side_ * side_; }

  Parameters set_;
  std::int64_t side_;
  bool conditional_;
  Sequential encoder_;
  Dense to_code_, from_code_;
  Sequential decoder_;
  Conv2d head_;
};

std::string noise_name(int level) { return "eps." + std::to_string(level); }

Tensor whole_loss(Pass& pass, const std::vector<Level>& levels, const std::map<std::string, State>& inputs) {
  Tensor picture = read(inputs.at("x"));
  Tensor loss;
  for (int i = 0; i < kLevels; ++i) {
    const bool last = i + 1 == kLevels;
    Tensor band = picture;
    Tensor condition;
    Tensor coarser;
    if (!last) {
      const PyramidLevel split = pyramid_level(picture);
      band = split.laplacian;
      coarser = split.coarser;
      condition = picture - band;
    }
    const Tensor noise = read(inputs.at(noise_name(i)));
    const LevelLoss part = levels[static_cast<std::size_t>(i)](pass, band, condition, noise);
    const double pixels = static_cast<double>(band.shape()[1] * band.shape()[2]);
    const Tensor sum = part.picture + part.divergence * (0.001 / pixels);
    loss = loss ? loss + sum : sum;
    picture = coarser;
  }
  return loss;
}

}  // namespace

Network pyramid_network(const Device& device) {
  const Parameters set(device, "pyramid", 1);
  const auto levels = std::make_shared<std::vector<Level>>();
  std::map<std::string, State> inputs{{"x", random_state(device, "x", {kBatch, kSide, kSide, 3})}};
  for (int i = 0; i < kLevels; ++i) {
    levels->emplace_back(set, "levels." + std::to_string(i), kSide >> i, i + 1 < kLevels);
    inputs[noise_name(i)] = random_state(device, noise_name(i), {kBatch, kLatent});
  }
  return {set, inputs, [levels, inputs](Pass& pass) { return whole_loss(pass, *levels, inputs); }, kBatch};
}

std::vector<Case> pyramid_cases() {
  return {{"B.train", [](const Settings& settings) {
             const Device device = device_of(settings);
             return train_workload(device, pyramid_network(device));
           }}};
}

}  // namespace betwixt::bench
