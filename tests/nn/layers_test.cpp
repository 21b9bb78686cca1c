// SPDX-License-Identifier: MIT
#include "betwixt/nn/layers.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "betwixt/core/error.h"
#include "betwixt/cpu/cpu_device.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/fill.h"
#include "betwixt/ops/random.h"
#include "betwixt/ops/reshape.h"
#include "betwixt/ops/unary.h"
#include "betwixt/tensor/program.h"

namespace betwixt {
namespace {

class LayersTest : public testing::Test {
 protected:
  Device device = cpu_device({.threads = 2});
};

double deviation(const std::vector<float>& values) {
  double sum = 0;
  for (const float v : values) sum += static_cast<double>(v) * v;
  return std::sqrt(sum / static_cast<double>(values.size()));
}

TEST_F(LayersTest, InitialisersHaveTheirSpreadAndDependOnNameAndSeedOnly) {
  const RandomStream stream(1, "a");
  EXPECT_NEAR(deviation(Initializer::he_normal(50).values(20000, stream)), std::sqrt(2.0 / 50), 0.005);
  EXPECT_NEAR(deviation(Initializer::acai(50).values(20000, stream)), std::sqrt(1 / (1.04 * 50)), 0.005);
  EXPECT_NEAR(deviation(Initializer::fan_in_uniform(25).values(20000, stream)), 0.2 / std::sqrt(3.0), 0.005);
  EXPECT_EQ(Initializer::normal(1).values(100, RandomStream(1, "a")), Initializer::normal(1).values(100, stream));
  EXPECT_NE(Initializer::normal(1).values(100, RandomStream(2, "a")), Initializer::normal(1).values(100, stream));
  EXPECT_NE(Initializer::normal(1).values(100, RandomStream(1, "b")), Initializer::normal(1).values(100, stream));
}

TEST_F(LayersTest, AnotherLayerChangesNobodysStart) {
  Parameters lone(device, "net", 5);
  const Dense a(lone, "a", 8, 8);
  Parameters both(device, "net", 5);
  const Dense other(both, "other", 3, 3);
  const Dense b(both, "a", 8, 8);
  EXPECT_EQ(lone.values(lone.find("a.weight")), both.values(both.find("a.weight")));
}

TEST_F(LayersTest, SequentialNamesLayersAsPyTorchDoes) {
  Parameters set(device, "net", 1);
  Sequential net(set, "encoder");
  net.add<Conv2d>(3, 8, ConvLayerOptions{.padding = 1});
  net.add([](Pass&, const Tensor& x) { return relu(x); });
  net.add<Conv2d>(8, 4, ConvLayerOptions{.padding = 1});
  EXPECT_GE(set.find("encoder.0.weight"), 0);
  EXPECT_GE(set.find("encoder.2.bias"), 0);
  EXPECT_EQ(set.find("encoder.1.weight"), -1);
  Pass pass;
  EXPECT_EQ(net(pass, zeros({2, 5, 7, 3})).shape(), (Shape{2, 5, 7, 4}));
  EXPECT_EQ(set.element_count(), 3 * 3 * 3 * 8 + 8 + 3 * 3 * 8 * 4 + 4);
}

TEST_F(LayersTest, MistakesAreNamed) {
  Parameters set(device, "net", 1);
  const Dense a(set, "a", 2, 2);
  EXPECT_THROW(Dense(set, "a", 2, 2), Error);
  (void)set.arena();
  EXPECT_THROW(Dense(set, "b", 2, 2), Error) << "the set is closed";
  EXPECT_THROW(set.write(0, std::vector<float>(3)), Error);
  EXPECT_THROW((void)Parameters(device, "empty", 1).arena(), Error);
  EXPECT_THROW((void)Parameters().name(), Error);
}

TEST_F(LayersTest, OneLayerCalledTwiceSharesItsWeights) {
  Parameters set(device, "net", 1);
  const Dense layer(set, "a", 4, 4);
  Pass pass;
  const Tensor x = fill(0.5, {1, 4});
  Program program(device, {layer(pass, x) - layer(pass, x)});
  program.run();
  for (const float v : program.values<float>()) EXPECT_EQ(v, 0);
}

TEST_F(LayersTest, BatchNormMovesItsStatisticsOnlyInTrainingAndOnlyWhenAllowed) {
  Parameters set(device, "net", 1);
  const BatchNorm norm(set, "bn", 3);
  const State step(device, "step", {{1}, DType::kU32});
  const Tensor x = random_normal(RandomStream(1, "x"), read(step), {8, 4, 4, 3}) * 3.0 + 1.0;
  auto run = [&](bool training, bool update) {
    Pass pass({.training = training, .update_statistics = update});
    std::vector<Tensor> outputs{norm(pass, x)};
    const std::vector<Tensor> updates = pass.updates();
    outputs.insert(outputs.end(), updates.begin(), updates.end());
    Program program(device, outputs);
    program.run(50);
    return program.values<float>(0);
  };
  run(false, true);
  EXPECT_EQ(set.buffers()[0].state.values<float>(), std::vector<float>(3, 0));
  run(true, false);
  EXPECT_EQ(set.buffers()[0].state.values<float>(), std::vector<float>(3, 0));
  const std::vector<float> y = run(true, true);
  EXPECT_NEAR(deviation(y), 1, 0.01);
  EXPECT_NEAR(set.buffers()[0].state.values<float>()[0], 1, 0.6);
  EXPECT_NEAR(set.buffers()[1].state.values<float>()[0], 9, 2.5);
}

}  // namespace
}  // namespace betwixt
