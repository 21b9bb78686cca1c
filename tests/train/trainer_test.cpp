// SPDX-License-Identifier: MIT
#include "betwixt/train/trainer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "betwixt/core/error.h"
#include "betwixt/cpu/cpu_device.h"
#include "betwixt/nn/layers.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/losses.h"
#include "betwixt/ops/matmul.h"
#include "betwixt/ops/reduce.h"
#include "betwixt/ops/reshape.h"
#include "betwixt/ops/unary.h"
#include "betwixt/train/fit.h"

namespace betwixt {
namespace {

/// Ramps from black to white in 16 directions: easy to learn, all different.
Images ramps(int count, int side, int channels) {
  Images images(count, side, side, channels);
  for (int i = 0; i < count; ++i) {
    const double angle = 6.2831853 * i / count;
    for (int y = 0; y < side; ++y)
      for (int x = 0; x < side; ++x)
        for (int c = 0; c < channels; ++c) {
          const double t =
              0.5 + 0.45 * (std::cos(angle) * (x - side / 2.0) + std::sin(angle) * (y - side / 2.0)) / side;
          images.picture(i)[static_cast<std::size_t>((y * side + x) * channels + c)] =
              static_cast<std::uint8_t>(255 * t);
        }
  }
  return images;
}

class TrainerTest : public testing::Test {
 protected:
  Device device = cpu_device({.threads = 2});
  DataSet data{device, ramps(16, 8, 1)};

  /// A linear autoencoder of two numbers.
  struct Linear {
    Parameters parameters;
    Dense in;
    Dense out;
    Linear(const Device& d, std::uint64_t seed)
        : parameters(d, "linear", seed), in(parameters, "in", 64, 2), out(parameters, "out", 2, 64) {}
    Tensor operator()(Pass& pass, const Tensor& x) const { return out(pass, in(pass, reshape(x, {x.shape()[0], 64}))); }
  };

  Trainer make(const Linear& model, const Optimizer& optimizer, std::uint64_t seed = 1) {
    return Trainer(device, {.seed = seed, .history = 64}, [&](TrainStep& step) {
      const Tensor x = step.batch(data, 8);
      const Tensor loss = mse_loss(reshape(model(step.pass(), x), x.shape()), x);
      step.log("loss", loss);
      step.minimize(optimizer, loss);
    });
  }
};

TEST_F(TrainerTest, LearnsAndKeepsTheHistory) {
  const Linear model(device, 1);
  const Optimizer optimizer(model.parameters, {.rate = {.base = 1e-2}});
  Trainer trainer = make(model, optimizer);
  trainer.run(10);
  EXPECT_EQ(trainer.step(), 10);
  const double first = trainer.history("loss", 1)[0];
  EXPECT_EQ(trainer.history("loss", 1000).size(), 10u);
  trainer.run(1990);
  EXPECT_EQ(trainer.history("loss", 1000).size(), 64u) << "the ring keeps the last 64";
  EXPECT_LT(trainer.history("loss", 1)[0], 0.05 * first);
  EXPECT_EQ(trainer.refused_steps(), 0);
  EXPECT_THROW(trainer.history("accuracy", 1), Error);
}

TEST_F(TrainerTest, SameSeedSameBits) {
  std::vector<std::vector<float>> results;
  for (const int threads : {1, 2, 4}) {
    const Device other = cpu_device({.threads = threads});
    const DataSet pictures(other, ramps(16, 8, 1));
    const Linear model(other, 7);
    const Optimizer optimizer(model.parameters, {});
    Trainer trainer(other, {.seed = 3}, [&](TrainStep& step) {
      const Tensor x = step.batch(pictures, 8);
      step.minimize(optimizer, mse_loss(reshape(model(step.pass(), x), x.shape()), x));
    });
    trainer.run(threads);  // in pieces of any size
    trainer.run(40 - threads);
    results.push_back(model.parameters.arena().values<float>());
  }
  EXPECT_EQ(results[0], results[1]);
  EXPECT_EQ(results[0], results[2]);
}

TEST_F(TrainerTest, ANonFiniteGradientChangesNothingAndIsCounted) {
  const Linear model(device, 1);
  const Optimizer optimizer(model.parameters, {});
  const State poison(device, "poison", {{1}, DType::kF32});
  Trainer trainer(device, {}, [&](TrainStep& step) {
    const Tensor x = step.batch(data, 8);
    const Tensor loss = mse_loss(reshape(model(step.pass(), x), x.shape()), x);
    step.minimize(optimizer, reshape(loss, {1}) + read(poison) * reshape(loss, {1}));
  });
  trainer.run(3);
  const std::vector<float> before = model.parameters.arena().values<float>();
  const std::vector<float> moments = optimizer.states()[1].values<float>();
  poison.write(std::vector<float>{std::numeric_limits<float>::quiet_NaN()});
  trainer.run(2);
  EXPECT_EQ(model.parameters.arena().values<float>(), before);
  EXPECT_EQ(optimizer.states()[1].values<float>(), moments);
  EXPECT_EQ(trainer.refused_steps(), 2);
  poison.write(std::vector<float>{0});
  trainer.run(1);
  EXPECT_NE(model.parameters.arena().values<float>(), before);
}

TEST_F(TrainerTest, EveryOptimiserGoesDown) {
  for (const auto kind :
       {OptimizerOptions::Kind::kAdam, OptimizerOptions::Kind::kAdamW, OptimizerOptions::Kind::kSgd}) {
    const Linear model(device, 1);
    const double rate = kind == OptimizerOptions::Kind::kSgd ? 0.2 : 1e-2;
    const Optimizer optimizer(model.parameters,
                              {.kind = kind, .rate = {.base = rate}, .weight_decay = 1e-5, .clip_norm = 5});
    Trainer trainer = make(model, optimizer);
    trainer.run(1);
    const double first = trainer.history("loss", 1)[0];
    trainer.run(600);
    EXPECT_LT(trainer.history("loss", 1)[0], 0.3 * first) << static_cast<int>(kind);
  }
}

TEST_F(TrainerTest, TwoGroupsWithTheirOwnOptimisersInOneStep) {
  const Linear first(device, 1);
  Parameters second(device, "second", 2);
  const Dense scale(second, "scale", 64, 64);
  const Optimizer a(first.parameters, {.rate = {.base = 1e-2}});
  const Optimizer b(second, {.rate = {.base = 1e-3}});
  Trainer trainer(device, {}, [&](TrainStep& step) {
    const Tensor x = step.batch(data, 8);
    const Tensor flat = reshape(x, {8, 64});
    const Tensor one = mse_loss(first(step.pass(), x), flat);
    step.minimize(a, one);
    // Composed after the first update: it sees the new weights of the first group.
    const Tensor two = mse_loss(scale(step.pass(), first(step.pass(), x)), flat);
    step.log("two", two);
    step.minimize(b, two);
  });
  trainer.run(1);
  const double before = trainer.history("two", 1)[0];
  trainer.run(500);
  EXPECT_LT(trainer.history("two", 1)[0], 0.2 * before);
}

TEST_F(TrainerTest, AccumulatedPartsMakeTheStepOfTheWholeBatchInLessMemory) {
  // Convolutions, so that activations outweigh the weights.
  struct Net {
    Parameters set;
    Conv2d a;
    Conv2d b;
    explicit Net(const Device& d)
        : set(d, "net", 1),
          a(set, "a", 1, 16, {.padding = 1, .activation = {.kind = Activation::kLeakyRelu}}),
          b(set, "b", 16, 1, {.padding = 1}) {}
  };
  std::vector<std::vector<float>> weights;
  std::vector<std::size_t> bytes;
  for (const int parts : {1, 2, 4, 8}) {
    const Net net(device);
    const Optimizer sgd(net.set, {.kind = OptimizerOptions::Kind::kSgd, .rate = {.base = 0.1}, .clip_norm = 1});
    Trainer trainer(device, {.seed = 5}, [&](TrainStep& step) {
      step.minimize(sgd, parts, [&](int part) {
        const Tensor x = step.batch_part(data, 16, part, parts);
        return mse_loss(net.b(step.pass(), net.a(step.pass(), x)), x);
      });
    });
    trainer.run(50);
    weights.push_back(net.set.arena().values<float>());
    bytes.push_back(trainer.memory().program_bytes);
  }
  double largest = 0;
  for (const float w : weights[0]) largest = std::max(largest, std::abs(static_cast<double>(w)));
  for (std::size_t k = 1; k < weights.size(); ++k) {
    for (std::size_t i = 0; i < weights[0].size(); ++i) EXPECT_NEAR(weights[k][i], weights[0][i], 1e-5 * largest);
    EXPECT_LT(bytes[k], bytes[k - 1]);
  }
  EXPECT_LT(bytes[3], bytes[0] / 3);
  EXPECT_THROW(Trainer(device, {}, [&](TrainStep& step) { step.batch_part(data, 8, 0, 3); }), Error);
}

TEST_F(TrainerTest, ARefusedStepMovesNoStatistics) {
  Parameters set(device, "net", 1);
  const BatchNorm norm(set, "norm", 1);
  const Optimizer optimizer(set, {});
  const State poison(device, "poison", {{1}, DType::kF32});
  Trainer trainer(device, {}, [&](TrainStep& step) {
    const Tensor x = step.batch(data, 8) + read(poison);
    step.minimize(optimizer, mse_loss(norm(step.pass(), x), step.batch(data, 8)));
  });
  trainer.run(2);
  const std::vector<float> mean = set.buffers()[0].state.values<float>();
  EXPECT_NE(mean[0], 0);
  poison.write(std::vector<float>{std::numeric_limits<float>::quiet_NaN()});
  trainer.run(2);
  EXPECT_EQ(set.buffers()[0].state.values<float>(), mean);
  EXPECT_EQ(trainer.refused_steps(), 2);
}

TEST_F(TrainerTest, FitReportsAndStopsWhenTold) {
  const Linear model(device, 1);
  const Optimizer optimizer(model.parameters, {});
  Trainer trainer = make(model, optimizer);
  int calls = 0;
  std::int64_t last = 0;
  const FitReport report = fit(trainer, {.steps = 1'000'000, .report_seconds = 0.01}, [&](const Progress& p) {
    EXPECT_GT(p.step, last);
    EXPECT_EQ(p.steps, 1'000'000);
    EXPECT_GT(p.steps_per_second, 0);
    last = p.step;
    return ++calls < 5;
  });
  EXPECT_EQ(calls, 5);
  EXPECT_TRUE(report.stopped);
  EXPECT_EQ(report.steps, last);
  EXPECT_EQ(trainer.step(), last);
}

TEST_F(TrainerTest, AMemoryCapIsRefusedWithTheFigures) {
  const Linear model(device, 1);
  const Optimizer optimizer(model.parameters, {});
  try {
    Trainer(device, {.plan = {.memory_limit = 64}}, [&](TrainStep& step) {
      const Tensor x = step.batch(data, 8);
      step.minimize(optimizer, mse_loss(reshape(model(step.pass(), x), x.shape()), x));
    });
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kLimit) << error.what();
  }
}

}  // namespace
}  // namespace betwixt
