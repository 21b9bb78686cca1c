// SPDX-License-Identifier: MIT
// Networks trained in PyTorch give the same numbers here, and ours give them there.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>

#include "betwixt/cpu/cpu_device.h"
#include "betwixt/io/safetensors.h"
#include "betwixt/methods/autoencoder/autoencoder.h"
#include "betwixt/nn/norm_layers.h"
#include "betwixt/nn/weights_file.h"
#include "betwixt/ops/reshape.h"
#include "betwixt/tensor/program.h"
#include "tests/support/temporary.h"
#include "tests/torch/python.h"

namespace betwixt {
namespace {

using torch_test::in_quotes;
using torch_test::python;

constexpr ActivationOptions kRelu{Activation::kRelu, 0};
constexpr ActivationOptions kLeaky{Activation::kLeakyRelu, 0.2f};

/// Pictures to codes and back, with the weights behind it.
struct Network {
  Parameters parameters;
  Module encode;
  Module decode;
};

Network autoencoder(const Device& device, AutoencoderNetwork kind) {
  const Autoencoder model(device, {.code = 3, .network = kind, .channels = 64});
  return {model.parameters(), [model](Pass& pass, const Tensor& x) { return model.encode(pass, x); },
          [model](Pass& pass, const Tensor& z) { return model.decode(pass, z); }};
}

/// `Layers` of networks.py.
Network every_layer(const Device& device) {
  const Parameters p(device, "layers", 3);
  const Shape flat{4, 6, 12}, start{4, 6, 6};
  Sequential encoder(p, "encoder");
  encoder.add<Conv2d>(3, 8, ConvLayerOptions{.stride = 2, .padding = 1, .bias = false});
  encoder.add<BatchNorm>(8, BatchNormLayerOptions{.activation = kRelu});
  encoder.skip();
  encoder.add<Conv2d>(8, 12, ConvLayerOptions{.stride = 2, .padding = 1, .groups = 4});
  encoder.add<GroupNorm>(12, 3, NormLayerOptions{.activation = kLeaky});
  encoder.skip();
  encoder.add<LayerNorm>(flat);
  const LayerNorm features(p, "features", Shape{flat.elements()}, {.flattened = flat});
  const Dense to_code(p, "to_code", flat.elements(), 5, {.flattened_input = flat});
  const LayerNorm norm(p, "norm", Shape{5});
  const Dense from_code(p, "from_code", 5, start.elements(), {.flattened_output = start});
  const BatchNorm spread(p, "spread", start.elements(), {.activation = kRelu, .flattened = start});
  Sequential decoder(p, "decoder");
  decoder.add<ConvTranspose2d>(6, 10, ConvLayerOptions{.kernel = 4, .stride = 2, .padding = 1, .groups = 2});
  decoder.add<BatchNorm>(10, BatchNormLayerOptions{.activation = {Activation::kTanh, 0}});
  decoder.skip();
  decoder.add<ConvTranspose2d>(
      10, 3, ConvLayerOptions{.stride = 2, .padding = 1, .output_padding = 1, .activation = {Activation::kSigmoid, 0}});
  auto encode = [=](Pass& pass, const Tensor& x) {
    const Tensor seen = reshape(encoder(pass, x), {x.shape()[0], flat.elements()});
    return norm(pass, to_code(pass, features(pass, seen)));
  };
  auto decode = [=](Pass& pass, const Tensor& z) {
    return decoder(pass, reshape(spread(pass, from_code(pass, z)), {z.shape()[0], 4, 6, 6}));
  };
  return {p, encode, decode};
}

SafetensorsFile open(const std::string& path) { return SafetensorsFile::open(default_file_system(), path); }

std::vector<float> values(SafetensorsFile& file, const std::string& name) {
  std::vector<float> result(file.info(name).elements());
  file.read(name, std::span<float>(result), {.allow_lossy = true});
  return result;
}

double difference(const std::vector<float>& a, const std::vector<float>& b) {
  EXPECT_EQ(a.size(), b.size());
  double worst = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    worst = std::max(worst, static_cast<double>(std::fabs(a[i] - b[i])));
  return worst;
}

class PytorchNetworks : public testing::Test {
 protected:
  void SetUp() override {
    folder = test::temporary_path("networks");
    std::filesystem::create_directories(folder);
    BETWIXT_NEEDS_TORCH(python("tests/torch/networks.py", "make " + in_quotes(folder)));
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  Network make_network(const std::string& name) const {
    if (name == "upsample") return autoencoder(device, AutoencoderNetwork::kUpsample);
    if (name == "report") return autoencoder(device, AutoencoderNetwork::kReport);
    return every_layer(device);
  }

  /// Codes and pictures that `network` makes of the pictures PyTorch was given.
  std::vector<std::vector<float>> results(const std::string& name, const Network& network) const {
    SafetensorsFile io = open(folder + "/" + name + ".io.safetensors");
    const State input(device, "in", {Shape(io.info("in").shape.data(), 4), DType::kF32});
    input.write(values(io, "in"));
    Pass pass;
    const Tensor code = network.encode(pass, read(input));
    Program program(device, {code, network.decode(pass, code)});
    program.run();
    return {program.values<float>(0), program.values<float>(1)};
  }

  void expect_theirs_runs_here(const std::string& name) {
    const std::string base = folder + "/" + name;
    const Network network = make_network(name);
    SafetensorsFile io = open(base + ".io.safetensors");
    ASSERT_GT(difference(results(name, network)[1], values(io, "out")), 1e-3);  // before, it is another network
    SafetensorsFile saved = open(base + ".safetensors");
    load_weights(network.parameters, saved);
    const auto ours = results(name, network);
    const double code = difference(ours[0], values(io, "code")), out = difference(ours[1], values(io, "out"));
    EXPECT_LE(code, 1e-5);
    EXPECT_LE(out, 1e-5);
    std::printf("%s, trained in PyTorch: codes differ by %.1e, pictures by %.1e\n", name.c_str(), code, out);
  }

  void expect_torch_save_is_read(const std::string& name) {
    const Network network = make_network(name);
    const std::string base = folder + "/" + name, converted = base + ".converted.safetensors";
    SafetensorsFile saved = open(base + ".safetensors");
    for (const char* form : {".pt", ".old.pt"}) {
      ASSERT_EQ(python("tools/pt_to_safetensors", in_quotes(base + form) + " " + in_quotes(converted), ">/dev/null"),
                0);
      SafetensorsFile theirs = open(converted);
      ASSERT_EQ(theirs.names().size(), saved.names().size());
      for (const std::string& tensor : saved.names()) {
        EXPECT_EQ(theirs.info(tensor).shape, saved.info(tensor).shape);
        EXPECT_EQ(theirs.info(tensor).type, saved.info(tensor).type);
        EXPECT_EQ(values(theirs, tensor), values(saved, tensor)) << form << " " << tensor;
      }
      EXPECT_NO_THROW(load_weights(network.parameters, theirs));
    }
  }

  /// Saves a network of ours for PyTorch to run.
  std::vector<std::vector<float>> save_ours(const std::string& name) {
    const Network network = make_network(name);
    // Statistics other than zeros and ones, so that their order counts.
    for (const BufferSpec& buffer : network.parameters.buffers()) {
      std::vector<float> statistics = buffer.state.values<float>();
      for (std::size_t i = 0; i < statistics.size(); ++i) statistics[i] += 0.01f * static_cast<float>(i % 40);
      buffer.state.write(statistics);
    }
    save_weights(folder + "/" + name + ".ours.safetensors", network.parameters);
    return results(name, network);
  }

  Device device = cpu_device({.threads = 2});
  std::string folder;
};

TEST_F(PytorchNetworks, MoveBothWays) {
  const std::vector<std::string> names{"upsample", "report", "layers"};
  std::vector<std::vector<std::vector<float>>> ours;
  for (const std::string& name : names) {
    SCOPED_TRACE(name);
    expect_theirs_runs_here(name);
    expect_torch_save_is_read(name);
    ours.push_back(save_ours(name));
  }
  ASSERT_EQ(python("tests/torch/networks.py", "run " + in_quotes(folder)), 0);
  for (std::size_t i = 0; i < names.size(); ++i) {
    SCOPED_TRACE(names[i]);
    SafetensorsFile theirs = open(folder + "/" + names[i] + ".theirs.safetensors");
    const double code = difference(ours[i][0], values(theirs, "code"));
    const double out = difference(ours[i][1], values(theirs, "out"));
    EXPECT_LE(code, 1e-5);
    EXPECT_LE(out, 1e-5);
    std::printf("%s, ours in PyTorch: codes differ by %.1e, pictures by %.1e\n", names[i].c_str(), code, out);
  }
}

}  // namespace
}  // namespace betwixt
