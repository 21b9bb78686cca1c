// SPDX-License-Identifier: MIT
// Convolutions large enough to be cut into many pieces: same bits for any number of threads, close results in every
// instruction set.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "betwixt/cpu/cpu_device.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/conv2d.h"
#include "betwixt/ops/gradient.h"
#include "betwixt/ops/norm.h"
#include "betwixt/tensor/program.h"
#include "tests/ops/support/filled_state.h"

namespace betwixt {
namespace {

struct Layer {
  const char* name;
  std::int64_t in, out;
  int stride, upsample;
};

using ops_test::filled;

/// Result and gradients of a layer and a group norm behind it, one after the other.
std::vector<float> compute(const Layer& layer, Isa isa, int threads) {
  const Device device = cpu_device({.threads = threads, .isa = isa});
  const std::vector<State> states{filled(device, {4, 16, 16, layer.in}, 1),
                                  filled(device, {3, 3, layer.in, layer.out}, 2), filled(device, {layer.out}, 3)};
  const std::vector<Tensor> in{read(states[0]), read(states[1]), read(states[2])};
  const Tensor features = conv2d(in[0], in[1], in[2],
                                 {.stride = layer.stride,
                                  .padding = 1,
                                  .upsample = layer.upsample,
                                  .activation = {Activation::kLeakyRelu, 0.25f}});
  const Tensor y = group_norm(features, 2, in[2], in[2]);
  std::vector<Tensor> outputs = gradient(y * y, in);
  outputs.push_back(y);
  Program program(device, outputs);
  program.run();
  std::vector<float> all;
  for (int i = 0; i < static_cast<int>(outputs.size()); ++i) {
    const std::vector<float> values = program.values<float>(i);
    all.insert(all.end(), values.begin(), values.end());
  }
  return all;
}

double distance(const std::vector<float>& a, const std::vector<float>& b) {
  double difference = 0, norm = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference += std::pow(static_cast<double>(a[i]) - b[i], 2);
    norm += std::pow(static_cast<double>(b[i]), 2);
  }
  return std::sqrt(difference / norm);
}

class LargeConvolution : public testing::TestWithParam<Layer> {};

TEST_P(LargeConvolution, HasTheSameBitsForAnyNumberOfThreads) {
  const std::vector<float> reference = compute(GetParam(), available_isas().front(), 1);
  for (const Isa isa : available_isas()) {
    const std::vector<float> one = compute(GetParam(), isa, 1);
    EXPECT_LT(distance(one, reference), 1e-5) << isa_name(isa);
    for (const int threads : {2, 4, 8}) {
      const std::vector<float> many = compute(GetParam(), isa, threads);
      ASSERT_EQ(many.size(), one.size());
      EXPECT_EQ(std::memcmp(many.data(), one.data(), one.size() * sizeof(float)), 0)
          << isa_name(isa) << ", " << threads << " threads";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Layers, LargeConvolution,
                         testing::Values(Layer{"wide", 32, 80, 1, 1}, Layer{"narrow", 48, 16, 1, 1},
                                         Layer{"doubled", 64, 32, 1, 2}, Layer{"halved", 6, 64, 2, 1}),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace betwixt
