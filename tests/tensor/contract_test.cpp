// SPDX-License-Identifier: MIT
// Small programs that prove the engine carries the methods to come: adversarial, policy-gradient, recurrent, with
// gradient penalties, exact directional derivatives and statistics kept as state.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "betwixt/cpu/cpu_device.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/concat.h"
#include "betwixt/ops/fill.h"
#include "betwixt/ops/gradient.h"
#include "betwixt/ops/matmul.h"
#include "betwixt/ops/norm.h"
#include "betwixt/ops/random.h"
#include "betwixt/ops/reduce.h"
#include "betwixt/ops/reshape.h"
#include "betwixt/ops/unary.h"
#include "betwixt/tensor/program.h"

namespace betwixt {
namespace {

using Floats = std::vector<float>;

class Contract : public testing::Test {
 protected:
  State make(const char* name, const Shape& shape, const Floats& values = {}, DType dtype = DType::kF32) {
    State s(device, name, {shape, dtype});
    if (!values.empty()) s.write(values);
    return s;
  }
  Floats spread(std::size_t count, float scale) {
    Floats values(count);
    for (std::size_t i = 0; i < count; ++i) values[i] = scale * std::sin(1.0f + 7.3f * static_cast<float>(i));
    return values;
  }
  Device device = cpu_device({.threads = 2});
};

Tensor mean_all(const Tensor& x) { return mean(reshape(x, {x.shape().elements()}), {0}, false); }
Tensor sum_all(const Tensor& x) { return sum(reshape(x, {x.shape().elements()}), {0}, false); }

TEST_F(Contract, TwoOptimisersDiscriminatorFirstThenGeneratorWithTheNewOne) {
  // Real points: N((2, -1), 0.25 I). Generator: a shift and scale of normal noise; discriminator: a small MLP.
  const State step = make("step", {1}, {}, DType::kU32);
  const State gen = make("generator", {2, 2}, {0.5f, 0, 0, 0.5f});
  const State shift = make("shift", {2});
  const State d1 = make("d1", {2, 32}, spread(64, 0.6f));
  const State db = make("db", {32}, spread(32, 0.5f));
  const State d2 = make("d2", {32, 1}, spread(32, 0.3f));
  const Tensor now = read(step);
  const Tensor real = random_normal(RandomStream(1, "real"), now, {128, 2}) * 0.5 + constant({2, -1}, {1, 2});
  const Tensor fake =
      matmul(random_normal(RandomStream(1, "noise"), now, {128, 2}), read(gen)) + reshape(read(shift), {1, 2});
  auto judge = [](const std::vector<Tensor>& d, const Tensor& x) {
    return matmul(leaky_relu(matmul(x, d[0]) + reshape(d[1], {1, 32}), 0.2), d[2]);
  };
  const std::vector<Tensor> d{read(d1), read(db), read(d2)};
  const Tensor d_loss = mean_all(softplus(neg(judge(d, real)))) + mean_all(softplus(judge(d, stop_gradient(fake)))) +
                        0.05 * (mean_all(square(judge(d, real))));
  const std::vector<Tensor> gd = gradient(d_loss, d);
  const std::vector<Tensor> d_new{assign(d1, d[0] - gd[0] * 0.1), assign(db, d[1] - gd[1] * 0.1),
                                  assign(d2, d[2] - gd[2] * 0.1)};
  const Tensor g_loss = mean_all(softplus(neg(judge(d_new, fake))));
  const std::vector<Tensor> g{read(gen), read(shift)};
  const std::vector<Tensor> gg = gradient(g_loss, g);
  std::vector<Tensor> outputs{d_loss, g_loss, assign(gen, g[0] - gg[0] * 0.02), assign(shift, g[1] - gg[1] * 0.02),
                              assign(step, affine(now, 1, 1))};
  outputs.insert(outputs.end(), d_new.begin(), d_new.end());
  Program program(device, outputs);
  program.run(3000);
  const Floats centre = shift.values<float>();
  EXPECT_NEAR(centre[0], 2.0f, 0.35f);
  EXPECT_NEAR(centre[1], -1.0f, 0.35f);
  EXPECT_EQ(step.values<std::uint32_t>()[0], 3000u);
}

TEST_F(Contract, TheGeneratorSeesTheDiscriminatorOfThisStep) {
  const State d = make("d", {1}, {1});
  const State g = make("g", {1}, {0});
  const Tensor d_new = assign(d, read(d) + 1.0);
  const Tensor g_new = assign(g, read(g) + d_new * 10.0);
  Program program(device, {d_new, g_new});
  program.run(2);
  EXPECT_EQ(g.values<float>()[0], 10.0f * 2 + 10.0f * 3);
}

TEST_F(Contract, PolicyGradientIsUnbiasedAndAValueBaselineLowersItsVariance) {
  // One-step bandit: action a ~ N(mu, 1), reward -(a - 3)^2. d E[reward] / d mu = -2 (mu - 3) = 4 at mu = 1.
  const State step = make("step", {1}, {}, DType::kU32);
  const State mu = make("mu", {1}, {1});
  constexpr std::int64_t kSamples = 4096;
  const Tensor mean_action = read(mu);
  const Tensor action = stop_gradient(mean_action + random_normal(RandomStream(7, "action"), read(step), {kSamples}));
  const Tensor reward = neg(square(action - 3.0));
  auto estimate = [&](const Tensor& advantage) {
    const Tensor log_probability = square(action - mean_action) * -0.5;
    return gradient(mean_all(stop_gradient(advantage) * log_probability), {mean_action})[0];
  };
  const Tensor value = fill(-5.0, Shape{}, DType::kF32);  // E[reward] = -(4 + 1)
  Program program(device, {estimate(reward), estimate(reward - value), assign(step, affine(read(step), 1, 1))});
  constexpr int kRounds = 100;
  double sums[2] = {};
  double squares[2] = {};
  for (int i = 0; i < kRounds; ++i) {
    program.run();
    for (int k = 0; k < 2; ++k) {
      const double e = static_cast<double>(program.values<float>(k)[0]);
      sums[k] += e;
      squares[k] += e * e;
    }
  }
  double deviations[2];
  for (int k = 0; k < 2; ++k) {
    const double average = sums[k] / kRounds;
    deviations[k] = std::sqrt((squares[k] / kRounds - average * average));
    EXPECT_NEAR(average, 4.0, 3 * deviations[k] / std::sqrt(kRounds - 1.0));
  }
  EXPECT_LT(deviations[1], deviations[0]);
}

TEST_F(Contract, UnrolledRecurrenceWithAStopMaskFreezesFinishedRows) {
  // x <- x + w, ten steps; a row stops once it has passed 1. Its loss and gradient stop with it.
  const State start = make("start", {4}, {0.0f, 0.5f, 0.95f, -5.0f});
  const State w = make("w", {1}, {0.2f});
  const Tensor rate = read(w);
  Tensor x = read(start);
  Tensor running = ones_like(x);
  Tensor lengths = zeros_like(x);
  for (int t = 0; t < 10; ++t) {
    x = x + running * rate;
    lengths = lengths + running;
    running = running * stop_gradient(less(x, fill(1, Shape{}, DType::kF32)));
  }
  const Tensor g = gradient(sum_all(x), {rate})[0];
  Program program(device, {x, lengths, g});
  program.run();
  EXPECT_EQ(program.values<float>(1), (Floats{5, 3, 1, 10}));
  EXPECT_NEAR(program.values<float>(0)[1], 1.1f, 1e-6f);
  EXPECT_EQ(program.values<float>(2)[0], 19.0f);
}

TEST_F(Contract, GradientPenaltyDifferentiatesTwice) {
  // f(x) = sum tanh(x w); penalty (|df/dx| - 1)^2, its derivative by w against differences in fp64.
  State w = make("w", {3, 2}, {}, DType::kF64);
  const std::vector<double> base{0.3, -0.4, 0.5, 0.1, -0.2, 0.7};
  w.write(base);
  const Tensor x = constant({0.2, -0.5, 0.9, 0.4, 0.1, -0.3}, {2, 3}, DType::kF64);
  const Tensor weights = read(w);
  const Tensor slope = gradient(tanh(matmul(x, weights)), {x})[0];
  const Tensor penalty = sum_all(square(sqrt(sum(square(slope), {1}, false)) - 1.0));
  Program program(device, {penalty, gradient(penalty, {weights})[0]});
  program.run();
  const std::vector<double> analytic = program.values<double>(1);
  for (std::size_t i = 0; i < base.size(); ++i) {
    double value[2];
    for (int side = 0; side < 2; ++side) {
      std::vector<double> moved = base;
      moved[i] += side ? 1e-5 : -1e-5;
      w.write(moved);
      program.run();
      value[side] = program.values<double>(0)[0];
    }
    EXPECT_NEAR(analytic[i], (value[1] - value[0]) / 2e-5, 1e-8);
  }
}

TEST_F(Contract, TangentIsTheExactDirectionalDerivative) {
  const State w = make("w", {4, 5}, spread(20, 0.7f));
  const State x = make("x", {2, 4}, spread(8, 1.0f));
  const Tensor value = read(x);
  const Tensor y = sigmoid(matmul(tanh(value), read(w)));
  const Tensor direction = constant({1, 0, -2, 0.5, 0.3, -1, 0, 2}, {2, 4});
  const Tensor exact = tangent(y, value, direction);
  auto shifted = [&](double t) { return sigmoid(matmul(tanh(value + direction * t), read(w))); };
  Program program(device, {exact, (shifted(1e-2) - shifted(-1e-2)) / 2e-2, y});
  program.run();
  const Floats a = program.values<float>(0);
  const Floats b = program.values<float>(1);
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 2e-4f);
  // The reverse sweep it was made from is dead code: far fewer calls than two sweeps.
  EXPECT_LT(Program(device, {exact}).call_count(), 20);
}

TEST_F(Contract, CustomGradientReplacesTheRule) {
  const State x = make("x", {3}, {0.2f, 0.6f, 1.4f});
  const Tensor value = read(x);
  const Tensor hard = less(fill(0.5, Shape{}, DType::kF32), value);
  const Tensor straight_through = custom_gradient(
      hard, {value}, [](std::span<const Tensor>, const Tensor&, const Tensor& g) { return std::vector<Tensor>{g}; });
  Program program(device, {straight_through, gradient(straight_through * 3.0, {value})[0]});
  program.run();
  EXPECT_EQ(program.values<float>(0), (Floats{0, 1, 1}));
  EXPECT_EQ(program.values<float>(1), (Floats{3, 3, 3}));
}

TEST_F(Contract, SpectralNormByPowerIterationKeptAsState) {
  // The weight diag(3, 1) rotated; the state u converges to the leading direction over steps.
  const State w = make("w", {2, 2}, {2.5f, 0.866025f, 0.866025f, 1.5f});
  const State u = make("u", {1, 2}, {1, 0.2f});
  const Tensor weight = read(w);
  auto unit = [](const Tensor& v) { return v * rsqrt(sum(square(v), {1}, true) + 1e-12); };
  const Tensor v = unit(matmul(read(u), weight));
  const Tensor u_new = assign(u, unit(matmul(v, weight, {.transpose_b = true})));
  const Tensor sigma =
      sum(matmul(stop_gradient(v), weight, {.transpose_b = true}) * stop_gradient(u_new), {0, 1}, false);
  Program program(device, {sigma, u_new});
  program.run(30);
  EXPECT_NEAR(program.values<float>(0)[0], 3.0f, 1e-4f);
}

TEST_F(Contract, BatchNormStatisticsAreState) {
  const State step = make("step", {1}, {}, DType::kU32);
  const State average = make("average", {3});
  const State variance = make("variance", {3}, {1, 1, 1});
  const Tensor x = random_normal(RandomStream(3, "x"), read(step), {64, 4, 4, 3}) * 2.0 +
                   reshape(constant({1, -2, 5}, {3}), {1, 1, 1, 3});
  const BatchNormResult norm = batch_norm(x, ones_like(read(average)), zeros_like(read(average)));
  Program program(
      device, {norm.y, assign(average, read(average) * 0.9 + norm.mean * 0.1),
               assign(variance, read(variance) * 0.9 + norm.variance * 0.1), assign(step, affine(read(step), 1, 1))});
  program.run(100);
  const Floats m = average.values<float>();
  const Floats v = variance.values<float>();
  EXPECT_NEAR(m[0], 1, 0.05);
  EXPECT_NEAR(m[1], -2, 0.05);
  EXPECT_NEAR(m[2], 5, 0.05);
  for (const float each : v) EXPECT_NEAR(each, 4, 0.2);
}

}  // namespace
}  // namespace betwixt
