// SPDX-License-Identifier: MIT
#include "betwixt/nn/blocks.h"

#include <gtest/gtest.h>

#include <cmath>

#include "betwixt/core/error.h"
#include "betwixt/cpu/cpu_device.h"
#include "betwixt/nn/moving_average.h"
#include "betwixt/nn/tied_layers.h"
#include "betwixt/nn/weights_copy.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/fill.h"
#include "betwixt/ops/gradient.h"
#include "betwixt/ops/losses.h"
#include "betwixt/ops/matmul.h"
#include "betwixt/ops/random.h"
#include "betwixt/ops/reduce.h"
#include "betwixt/ops/reshape.h"
#include "betwixt/ops/unary.h"
#include "betwixt/train/training_checkpoint.h"
#include "tests/support/memory_files.h"

namespace betwixt {
namespace {

class BlocksTest : public testing::Test {
 protected:
  Device device = cpu_device({.threads = 2});
  State step{device, "step", {{1}, DType::kU32}};

  Tensor pictures(const Shape& shape) { return random_normal(RandomStream(1, "x"), read(step), shape); }
  std::vector<float> values(const Tensor& tensor) {
    Program program(device, {tensor});
    program.run();
    return program.values<float>();
  }
  /// The gradient reaches every parameter, and a few steps of it bring the loss down.
  void expect_learns(const Parameters& set, const Module& module, const Shape& input, const Shape& output) {
    const Optimizer adam(set, {.rate = {.base = 1e-2}});
    Trainer trainer(device, {}, [&](TrainStep& s) {
      const Tensor y = module(s.pass(), stop_gradient(pictures(input)));
      ASSERT_EQ(y.shape(), output);
      const Tensor target = random_uniform(RandomStream(2, "y"), read(step), output);
      const Tensor loss = mse_loss(y, target);
      Tensor least;
      for (const Tensor& g : gradient(loss, s.pass().parameters(set))) {
        const Tensor largest = max(abs(g));
        least = least.defined() ? minimum(least, largest) : largest;
      }
      s.log("loss", loss);
      s.log("least", least);
      s.minimize(adam, loss);
    });
    trainer.run(1);
    const float first = trainer.history("loss", 1)[0];
    EXPECT_GT(trainer.history("least", 1)[0], 0) << "a parameter without gradient";
    trainer.run(60);
    EXPECT_LT(trainer.history("loss", 1)[0], 0.9f * first);
  }
};

TEST_F(BlocksTest, ResidualBlocksOfAnyShapeLearn) {
  for (const Norm norm : {Norm::kNone, Norm::kBatch, Norm::kGroup, Norm::kInstance, Norm::kLayer})
    for (const int stride : {1, 2}) {
      Parameters set(device, "net", 1);
      const ResidualBlock block(set, "block", 4, stride == 1 ? 4 : 6, {.stride = stride, .norm = norm});
      EXPECT_EQ(set.find("block.shortcut.weight") >= 0, stride == 2) << "only where the shape changes";
      expect_learns(set, block, {3, 7, 5, 4}, stride == 1 ? Shape{3, 7, 5, 4} : Shape{3, 4, 3, 6});
    }
}

TEST_F(BlocksTest, AResidualBlockStartsFromItsInput) {
  Parameters set(device, "net", 1);
  const ResidualBlock block(set, "block", 3, 3);
  for (std::size_t i = 0; i < set.specs().size(); ++i)
    if (set.specs()[i].name.starts_with("block.second"))
      set.write(static_cast<int>(i), std::vector<float>(static_cast<std::size_t>(set.specs()[i].shape.elements())));
  Pass pass;
  const Tensor x = pictures({2, 5, 5, 3});
  EXPECT_EQ(values(block(pass, x)), values(leaky_relu(x, 0.2)));
}

TEST_F(BlocksTest, UpsampleConvDoublesThePicture) {
  Parameters set(device, "net", 1);
  const UpsampleConv up(set, "up", 4, 2, 2, {.norm = Norm::kGroup});
  expect_learns(set, up, {2, 5, 3, 4}, {2, 10, 6, 2});
}

TEST_F(BlocksTest, AUNetTakesAnySizeAndItsSkipsMatter) {
  for (const bool residual : {false, true}) {
    Parameters set(device, "net", 1);
    const UNet net(set, "unet", 3, 2, {.channels = 4, .levels = 2, .residual = residual});
    expect_learns(set, net, {1, 13, 10, 3}, {1, 13, 10, 2});
    Pass pass;
    const Tensor x = pictures({1, 13, 10, 3});
    std::vector<Tensor> levels = net.encode(pass, x);
    ASSERT_EQ(levels.size(), 3u);
    EXPECT_EQ(levels[2].shape(), (Shape{1, 4, 3, 16}));
    const std::vector<float> whole = values(net.decode(pass, levels));
    EXPECT_EQ(whole, values(net(pass, x)));
    levels[0] = levels[0] * 0.0;
    EXPECT_NE(whole, values(net.decode(pass, levels)));
  }
}

TEST_F(BlocksTest, TiedLayersUseTheTransposedWeightAndTrainItTogether) {
  Parameters set(device, "net", 1);
  const Dense in(set, "in", 6, 3);
  const TiedDense out(in, "out");
  EXPECT_EQ(set.specs().size(), 3u) << "one weight, two biases";
  Pass pass;
  const Tensor x = pictures({4, 3});
  const std::vector<float> found = values(out(pass, x));
  const std::vector<float> w = set.values(in.weight());
  const std::vector<float> codes = values(x);
  for (int n = 0; n < 4; ++n)
    for (int i = 0; i < 6; ++i) {
      double sum = 0;
      for (int k = 0; k < 3; ++k)
        sum += static_cast<double>(codes[static_cast<std::size_t>(n * 3 + k)]) * w[static_cast<std::size_t>(i * 3 + k)];
      EXPECT_NEAR(found[static_cast<std::size_t>(n * 6 + i)], sum, 1e-5);
    }
  expect_learns(set, [&](Pass& p, const Tensor& t) { return out(p, in(p, t)); }, {5, 6}, {5, 6});
}

TEST_F(BlocksTest, ATiedConvolutionIsTheTransposeOfItsLayer) {
  // <conv(x), y> = <x, tied(y)> for all x and y.
  Parameters set(device, "net", 1);
  const Conv2d conv(set, "conv", 3, 5, {.kernel = 3, .stride = 2, .padding = 1, .bias = false});
  const TiedConvTranspose2d tied(conv, "tied", {.output_padding = 1, .bias = false});
  Pass pass;
  const Tensor x = pictures({2, 8, 8, 3});
  const Tensor y = random_normal(RandomStream(2, "y"), read(step), {2, 4, 4, 5});
  const float there = values(sum(conv(pass, x) * y))[0];
  const float back = values(sum(x * tied(pass, y)))[0];
  EXPECT_NEAR(there, back, 1e-3 * std::abs(there) + 1e-4);
  EXPECT_THROW(TiedConvTranspose2d(Conv2d(set, "grouped", 4, 4, {.groups = 2}), "no"), Error);
}

TEST_F(BlocksTest, SpectralNormLimitsTheLargestSingularValueToOne) {
  Parameters set(device, "net", 1);
  const Dense layer(set, "layer", 20, 10,
                    {.bias = false, .weight_start = Initializer::normal(1), .spectral_norm = true});
  const Tensor x = pictures({1, 20});
  Pass training({.training = true});
  std::vector<Tensor> outputs{layer(training, x)};
  for (const Tensor& update : training.updates()) outputs.push_back(update);
  Program program(device, outputs);
  program.run(200);
  // The product of the layer with its transpose, by power iteration from the outside.
  Pass pass;
  Tensor v = pictures({1, 20});
  for (int i = 0; i < 40; ++i) {
    const Tensor up = gradient(sum(square(layer(pass, v)) * 0.5), {v})[0];
    v = stop_gradient(up / sqrt(sum(square(up))));
  }
  EXPECT_NEAR(values(sqrt(sum(square(layer(pass, v)))))[0], 1, 1e-3);
}

TEST_F(BlocksTest, AWeightsCopyGoesBackToAnotherMoment) {
  Parameters set(device, "net", 1);
  const ConvBlock block(set, "block", 2, 2, {.norm = Norm::kBatch});
  const WeightsCopy before(set);
  expect_learns(set, block, {3, 5, 5, 2}, {3, 5, 5, 2});
  EXPECT_NE(WeightsCopy(set), before);
  before.restore(set);
  EXPECT_EQ(WeightsCopy(set), before);
  Parameters other(device, "other", 1);
  const Dense dense(other, "dense", 2, 2);
  EXPECT_THROW(before.restore(other), Error);
  EXPECT_THROW(WeightsCopy().restore(set), Error);
}

class MovingAverageTest : public BlocksTest {
 protected:
  /// y = w x down to w = 0, averaged.
  struct Run {
    Parameters set;
    Dense layer;
    Optimizer optimizer;
    MovingAverage average;
    State poison;
    Trainer trainer;
    explicit Run(const Device& device)
        : set(device, "net", 1),
          layer(set, "layer", 3, 3),
          optimizer(set, {.kind = OptimizerOptions::Kind::kSgd, .rate = {.base = 0.1}, .momentum = 0}),
          average(set, 0.9),
          poison(device, "poison", {{1}, DType::kF32}),
          trainer(device, {}, [this](TrainStep& step) {
            const Tensor loss = mean(square(layer(step.pass(), fill(1, {1, 3}))));
            step.minimize(optimizer, loss + sum(read(poison)) * loss);
            average.update(step.pass());
          }) {}
    std::vector<float> weights() const { return set.arena().values<float>(); }
    std::vector<float> averaged() const { return average.state().values<float>(); }
  };
};

TEST_F(MovingAverageTest, FollowsTheWeights) {
  Run run(device);
  std::vector<double> expected;
  for (const float w : run.weights()) expected.push_back(w);
  for (int i = 0; i < 20; ++i) {
    run.trainer.run(1);
    for (std::size_t e = 0; e < expected.size(); ++e) expected[e] = 0.9 * expected[e] + 0.1 * run.weights()[e];
  }
  for (std::size_t e = 0; e < expected.size(); ++e) EXPECT_NEAR(run.averaged()[e], expected[e], 1e-6);
}

TEST_F(MovingAverageTest, IsSwappedInForEvaluationAndOutAgain) {
  Run run(device);
  run.trainer.run(10);
  const std::vector<float> weights = run.weights();
  const std::vector<float> averaged = run.averaged();
  ASSERT_NE(weights, averaged);
  Pass with_average;
  run.average.use(with_average);
  const std::vector<float> by_pass = values(run.layer(with_average, fill(1, {1, 3})));
  {
    const MovingAverage::Swap swap(run.average);
    EXPECT_EQ(run.weights(), averaged);
    Pass pass;
    EXPECT_EQ(values(run.layer(pass, fill(1, {1, 3}))), by_pass);
  }
  EXPECT_EQ(run.weights(), weights);
  EXPECT_EQ(run.averaged(), averaged);
}

TEST_F(MovingAverageTest, IsInTheCheckpointAndStaysWhereARefusedStepLeavesIt) {
  test_support::MemoryFiles files;
  Run run(device);
  run.trainer.run(10);
  save_training(files, "run", run.trainer, "run");
  Run resumed(device);
  EXPECT_TRUE(load_training(files, "run", resumed.trainer, "run").found);
  EXPECT_EQ(resumed.averaged(), run.averaged());
  run.poison.write(std::vector<float>{std::nanf("")});
  run.trainer.run(3);
  EXPECT_EQ(run.trainer.refused_steps(), 3);
  EXPECT_EQ(resumed.averaged(), run.averaged());
}

}  // namespace
}  // namespace betwixt
