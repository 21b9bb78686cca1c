// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

#include "bench.h"
#include "betwixt/core/error.h"
#include "betwixt/core/file.h"
#include "betwixt/cpu/cpu_device.h"
#include "betwixt/io/safetensors.h"
#include "betwixt/ops/gradient.h"
#include "betwixt/tensor/program.h"

namespace betwixt::bench {
namespace {

Network network_of(const std::string& name, const Device& device) {
  if (name == "A.train") return autoencoder_network(device, 16);
  if (name == "B.train") return pyramid_network(device);
  if (name == "C.train") return flow_network(device);
  throw Error(ErrorCode::kArgument, "check", "%.64s is not A.train, B.train or C.train", name.c_str());
}

std::vector<float> numbers(SafetensorsFile& file, const std::string& name) {
  std::vector<float> values(static_cast<std::size_t>(file.info(name).elements()));
  file.read(name, std::span<float>(values));
  return values;
}

/// Norm of the difference over the norm of what was expected.
double difference(const std::vector<float>& found, const std::vector<float>& expected) {
  double distance = 0;
  double norm = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    distance += std::pow(static_cast<double>(found.at(i)) - expected[i], 2);
    norm += std::pow(static_cast<double>(expected[i]), 2);
  }
  return std::sqrt(distance / std::max(norm, 1e-30));
}

}  // namespace

double check_network(const std::string& name, const std::string& path, int threads) {
  const Device device = cpu_device({.threads = threads});
  const Network network = network_of(name, device);
  SafetensorsFile file = SafetensorsFile::open(default_file_system(), path);
  const auto& specs = network.parameters.specs();
  for (std::size_t i = 0; i < specs.size(); ++i)
    network.parameters.write(static_cast<int>(i), numbers(file, "weight." + specs[i].name));
  for (const auto& [input, state] : network.inputs) state.write(numbers(file, "input." + input));
  Pass pass({.training = true});
  std::vector<Tensor> outputs{network.loss(pass)};
  for (const Tensor& g : gradient(outputs[0], pass.parameters(network.parameters))) outputs.push_back(g);
  Program program(device, outputs);
  program.run();
  double worst = difference(program.values<float>(0), numbers(file, "loss"));
  for (std::size_t i = 0; i < specs.size(); ++i)
    worst = std::max(
        worst, difference(program.values<float>(static_cast<int>(i) + 1), numbers(file, "gradient." + specs[i].name)));
  return worst;
}

}  // namespace betwixt::bench
