// SPDX-License-Identifier: MIT
// Gradients of whole models in f64: every parameter of tiny ones against differences, 64 random directions of larger
// ones, relative error 1e-5.
#include <gtest/gtest.h>

#include <cmath>

#include "betwixt/core/philox.h"
#include "betwixt/cpu/cpu_device.h"
#include "betwixt/methods/autoencoder/network.h"
#include "betwixt/nn/blocks.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/compositing.h"
#include "betwixt/ops/concat.h"
#include "betwixt/ops/flow.h"
#include "betwixt/ops/gradient.h"
#include "betwixt/ops/losses.h"
#include "betwixt/ops/pyramid.h"
#include "betwixt/ops/reduce.h"
#include "betwixt/ops/reshape.h"
#include "betwixt/ops/slice.h"
#include "betwixt/ops/unary.h"
#include "betwixt/ops/warp.h"
#include "betwixt/tensor/program.h"

namespace betwixt {
namespace {

/// Numbers in (-1, 1), the same on every machine.
std::vector<double> numbers(std::int64_t count, const std::string& name) {
  const RandomStream stream(1, name);
  std::vector<double> values;
  for (std::int64_t i = 0; i < count; ++i)
    values.push_back(philox({static_cast<std::uint32_t>(i), 0, 0, 0}, stream.key())[0] * 0x1p-31 - 1);
  return values;
}

/// A smooth picture with a little of everything, as a state.
Tensor picture(const Device& device, const Shape& shape, double phase) {
  const State state(device, "picture", {shape, DType::kF64});
  std::vector<double> values = numbers(shape.elements(), "picture");
  for (std::int64_t i = 0; i < shape.elements(); ++i) {
    double& v = values[static_cast<std::size_t>(i)];
    v = 0.5 + 0.35 * std::sin(0.37 * static_cast<double>(i) + phase) + 0.1 * v;
  }
  state.write(values);
  return read(state);
}

class ModelGradient : public testing::Test {
 protected:
  Device device = cpu_device({.threads = 2});
  Parameters set{device, "model", 3, DType::kF64};
  Pass pass;

  struct Model {
    Program value;
    Program gradient;
    std::vector<double> weights;
  };
  Model compile(const Tensor& loss) {
    const Tensor flat = pack(betwixt::gradient(loss, pass.parameters(set)));
    Model model{Program(device, {loss}), Program(device, {flat}), set.arena().values<double>()};
    model.gradient.run();
    return model;
  }
  double value_at(Model& model, const std::vector<double>& direction, double t) {
    std::vector<double> moved = model.weights;
    for (std::size_t i = 0; i < moved.size(); ++i) moved[i] += t * direction[i];
    set.arena().write(moved);
    model.value.run();
    return model.value.values<double>()[0];
  }
  /// d loss / d direction by 4-point differences.
  double difference(Model& model, const std::vector<double>& direction) {
    constexpr double h = 2e-6;
    return (8 * (value_at(model, direction, h) - value_at(model, direction, -h)) -
            (value_at(model, direction, 2 * h) - value_at(model, direction, -2 * h))) /
           (12 * h);
  }
  void expect_agrees(Model& model, const std::vector<double>& direction, const std::string& where) {
    const std::vector<double> g = model.gradient.values<double>();
    double exact = 0;
    for (std::size_t i = 0; i < g.size(); ++i) exact += g[i] * direction[i];
    const double found = difference(model, direction);
    EXPECT_NEAR(exact, found, 1e-8 + 1e-5 * std::abs(found)) << where;
  }
  void check_every_parameter(const Tensor& loss) {
    Model model = compile(loss);
    for (const ParameterSpec& spec : set.specs())
      for (std::int64_t i = 0; i < spec.shape.elements(); ++i) {
        std::vector<double> direction(model.weights.size());
        direction[static_cast<std::size_t>(spec.offset + i)] = 1;
        expect_agrees(model, direction, spec.name + " " + std::to_string(i));
      }
  }
  void check_directions(const Tensor& loss) {
    Model model = compile(loss);
    double largest = 0;
    for (const double g : model.gradient.values<double>()) largest = std::max(largest, std::abs(g));
    EXPECT_GT(largest, 1e-4) << "there is something to check";
    for (int d = 0; d < 64; ++d) {
      const auto count = static_cast<std::int64_t>(model.weights.size());
      std::vector<double> direction = numbers(count, "direction " + std::to_string(d));
      for (double& v : direction) v /= std::sqrt(static_cast<double>(count) / 3);
      expect_agrees(model, direction, "direction " + std::to_string(d));
    }
  }

  Tensor autoencoder(const Shape& shape, AutoencoderNetwork network, int channels) {
    const AutoencoderOptions options{.picture = shape, .code = 3, .network = network, .channels = channels};
    const AutoencoderModules model =
        network == AutoencoderNetwork::kReport ? report_network(set, options) : upsample_network(set, options);
    const Tensor x = picture(device, {2, shape[0], shape[1], shape[2]}, 0);
    return mse_loss(model.decode(pass, model.encode(pass, x)), x);
  }

  /// A variational autoencoder of one pyramid level.
  struct LevelModel {
    ConvBlock in;
    Conv2d moments;
    ConvBlock out;
    Conv2d pixels;
    LevelModel(const Parameters& set, const std::string& name, int channels)
        : in(set, name + ".in", 2, channels),
          moments(set, name + ".moments", channels, 4, {.padding = 1}),
          out(set, name + ".out", 2, channels),
          pixels(set, name + ".pixels", channels, 2, {.padding = 1}) {}
  };

  /// Every level of a Laplacian pyramid through a model of its own, with fixed noise.
  Tensor laplacian_vae(std::int64_t side, int levels, int channels) {
    const Tensor x = picture(device, {2, side, side, 2}, 1);
    const std::vector<Tensor> pyramid = laplacian_pyramid(x, levels);
    std::vector<LevelModel> models;
    for (std::size_t i = 0; i < pyramid.size(); ++i) models.emplace_back(set, "level" + std::to_string(i), channels);
    std::vector<Tensor> back;
    Tensor divergence;
    for (std::size_t i = 0; i < pyramid.size(); ++i) {
      const Tensor both = models[i].moments(pass, models[i].in(pass, pyramid[i]));
      const Tensor mean = slice(both, 3, 0, 2);
      const Tensor log_variance = slice(both, 3, 2, 2);
      const State noise(device, "noise", mean.type());
      noise.write(numbers(mean.shape().elements(), "noise" + std::to_string(i)));
      const Tensor code = mean + exp(log_variance * 0.5) * read(noise);
      back.push_back(models[i].pixels(pass, models[i].out(pass, code)));
      const Tensor kl = kl_standard(mean, log_variance) * 1e-3;
      divergence = divergence.defined() ? divergence + kl : kl;
    }
    return mse_loss(pyramid_collapse(back), x) + divergence;
  }

  /// Flows predicted from two pictures, composed, warping in a chain, blended by a predicted mask.
  Tensor warp_chain(std::int64_t side, int channels) {
    const Tensor a = picture(device, {1, side, side + 2, 3}, 0);
    const Tensor b = picture(device, {1, side, side + 2, 3}, 2);
    const ConvBlock features(set, "features", 6, channels);
    const Conv2d first(set, "first", channels, 2, {.padding = 1});
    const Conv2d second(set, "second", channels, 2, {.padding = 1});
    const Conv2d mask(set, "mask", channels, 1, {.padding = 1, .activation = {.kind = Activation::kSigmoid}});
    const Tensor f = features(pass, concat({a, b}, 3));
    const Tensor one = first(pass, f);
    const Tensor two = second(pass, f);
    const Tensor chained = warp(warp(a, one), two, {.border = Border::kReflect});
    const Tensor composed = warp(b, flow_compose(one, two));
    return mse_loss(blend(chained, composed, mask(pass, f)), b) + 1e-2 * smoothness(one) +
           1e-2 * total_variation(two, 1e-2);
  }
};

TEST_F(ModelGradient, TinyAutoencoder) {
  check_every_parameter(autoencoder({8, 8, 1}, AutoencoderNetwork::kUpsample, 4));
}
TEST_F(ModelGradient, Autoencoder) { check_directions(autoencoder({33, 24, 3}, AutoencoderNetwork::kUpsample, 8)); }
TEST_F(ModelGradient, TheReportsAutoencoder) {
  check_directions(autoencoder({64, 64, 3}, AutoencoderNetwork::kReport, 4));
}
TEST_F(ModelGradient, TinyLaplacianVae) { check_every_parameter(laplacian_vae(9, 2, 2)); }
TEST_F(ModelGradient, LaplacianVae) { check_directions(laplacian_vae(32, 3, 12)); }
TEST_F(ModelGradient, TinyWarpChain) { check_every_parameter(warp_chain(5, 2)); }
TEST_F(ModelGradient, WarpChain) { check_directions(warp_chain(24, 12)); }

}  // namespace
}  // namespace betwixt
