// SPDX-License-Identifier: MIT
#include "betwixt/ops/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "betwixt/cpu/cpu_device.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/fill.h"
#include "betwixt/ops/reduce.h"
#include "betwixt/tensor/program.h"
#include "tests/ops/support/check_op.h"

namespace betwixt::ops_test {
namespace {

const RandomStream kStream(7, "test/noise");

Tensor step_of(std::uint32_t step) { return fill(step, {1}, DType::kU32); }

std::vector<float> run(const Tensor& t) {
  Program program(cpu_device(), {t});
  program.run();
  return program.values<float>();
}

/// The words of elements 0 ... count - 1, from the library's plain generator.
std::vector<std::uint32_t> words(const RandomStream& stream, std::uint32_t step, std::size_t count) {
  std::vector<std::uint32_t> all;
  for (std::uint32_t block = 0; all.size() < count; ++block)
    for (const std::uint32_t word : philox({step, 0, block, 0}, stream.key())) all.push_back(word);
  all.resize((count + 3) / 4 * 4);
  return all;
}

double uniform_number(std::uint32_t word) { return (word / 512 + 0.5) / 8388608; }

InputSpec step_input(std::uint32_t step) {
  return {.shape = {1}, .dtype = DType::kU32, .values = listed({static_cast<double>(step)})};
}

std::vector<Shape> shapes() { return {{}, {1}, {3}, {13, 5}, {127}, {2, 3, 5, 7}, {100003}, {0}}; }

/// Box and Muller in f64 from the 24 leading bits of two words.
double normal_number(const std::vector<std::uint32_t>& bits, std::size_t i) {
  const double radius = std::sqrt(-2 * std::log((bits[i / 2 * 2] / 256 + 1) / 16777216.0));
  const double angle = 2 * std::numbers::pi * (bits[i / 2 * 2 + 1] / 256) / 16777216.0;
  return radius * (i % 2 == 0 ? std::cos(angle) : std::sin(angle));
}

OpCase normal_case(const Shape& shape) {
  return {.options = "normal " + shape.text(),
          .inputs = {step_input(3)},
          .build = [shape](const Tensors& in) { return Tensors{random_normal(kStream, in[0], shape)}; },
          .oracle =
              [shape](const Values&) {
                const auto count = static_cast<std::size_t>(shape.elements());
                const std::vector<std::uint32_t> bits = words(kStream, 3, count);
                Values out(1);
                for (std::size_t i = 0; i < count; ++i) out[0].push_back(normal_number(bits, i));
                return out;
              },
          .bound = ulps(4, 1e-6)};
}

OpCase uniform_case(const Shape& shape) {
  return {.options = "uniform " + shape.text(),
          .inputs = {step_input(41)},
          .build = [shape](const Tensors& in) { return Tensors{random_uniform(kStream, in[0], shape)}; },
          .oracle =
              [shape](const Values&) {
                Values out(1);
                const auto count = static_cast<std::size_t>(shape.elements());
                for (const std::uint32_t word : words(kStream, 41, count)) out[0].push_back(uniform_number(word));
                out[0].resize(count);
                return out;
              }};
}

OpCase bernoulli_case(const Shape& shape, double probability) {
  return {.options = "bernoulli " + std::to_string(probability) + " " + shape.text(),
          .inputs = {step_input(0xFFFFFFFFu)},
          .build = [=](const Tensors& in) { return Tensors{random_bernoulli(kStream, in[0], shape, probability)}; },
          .oracle =
              [=](const Values&) {
                Values out(1);
                const auto count = static_cast<std::size_t>(shape.elements());
                for (const std::uint32_t word : words(kStream, 0xFFFFFFFFu, count))
                  out[0].push_back(uniform_number(word) < probability ? 1 : 0);
                out[0].resize(count);
                return out;
              }};
}

std::vector<OpCase> random_cases() {
  std::vector<OpCase> cases;
  for (const Shape& shape : shapes()) {
    cases.push_back(normal_case(shape));
    cases.push_back(uniform_case(shape));
  }
  for (const double probability : {0.0, 0.25, 0.5, 1.0}) cases.push_back(bernoulli_case({3, 127}, probability));
  return cases;
}

std::vector<OpCase> corruption_cases() {
  const InputSpec picture{.shape = {2, 5, 7, 3}};
  return {{.options = "normal",
           .inputs = {picture, step_input(2)},
           .build = [](const Tensors& in) { return Tensors{corrupt_normal(in[0], 0.2, kStream, in[1])}; },
           .differentiable = {0}},
          {.options = "white",
           .inputs = {picture, step_input(2)},
           .build = [](const Tensors& in) { return Tensors{corrupt_white(in[0], 0.5, kStream, in[1])}; },
           .differentiable = {0}}};
}

std::uint32_t scrambled(std::uint32_t x) {
  x = (x ^ (x >> 16)) * 0x85EBCA6Bu;
  x = (x ^ (x >> 13)) * 0xC2B2AE35u;
  return x ^ (x >> 16);
}

/// Entry `number` of the endless sequence: eight rounds of a Feistel network whose keys are philox of the epoch.
double shuffled_entry(std::int64_t rows, std::int64_t number) {
  const auto low = static_cast<std::uint32_t>(number / rows);
  const auto high = static_cast<std::uint32_t>(number / rows >> 32);
  int bits = 2;
  while ((std::int64_t{1} << (2 * bits)) < rows) ++bits;
  std::int64_t index = number % rows;
  do {
    auto left = static_cast<std::uint32_t>(index >> bits);
    std::uint32_t right = static_cast<std::uint32_t>(index) & ((1u << bits) - 1);
    for (std::uint32_t round = 0; round < 8; ++round) {
      const std::uint32_t key = philox({low, 1, round / 4, high}, kStream.key())[round % 4];
      left = std::exchange(right, left ^ (scrambled(right ^ key) >> (32 - bits)));
    }
    index = (std::int64_t{left} << bits) | right;
  } while (index >= rows);
  return static_cast<double>(index);
}

OpCase order_case(std::int64_t rows, std::int64_t batch, std::uint32_t step, bool ordered) {
  return {.options = std::to_string(batch) + " of " + std::to_string(rows) + (ordered ? " ordered" : ""),
          .inputs = {step_input(step)},
          .build =
              [=](const Tensors& in) {
                return Tensors{
                    shuffled_indices(in[0], {.rows = rows, .batch = batch, .stream = kStream, .ordered = ordered})};
              },
          .oracle =
              [=](const Values&) {
                Values out(1);
                for (std::int64_t i = step * batch; i < step * batch + batch; ++i)
                  out[0].push_back(ordered ? static_cast<double>(i % rows) : shuffled_entry(rows, i));
                return out;
              }};
}

std::vector<OpCase> order_cases() {
  return {order_case(1, 1, 0, false),
          order_case(7, 3, 5, false),
          order_case(13, 39, 2, false),          // whole epochs
          order_case(3, 12, 0xFFFFFFFF, false),  // an epoch above 2^32; results fill their memory but not a workgroup
          order_case(1600, 16, 1000000, false),
          order_case(40, 16, 7, true),
          order_case(5, 13, 0xFFFFFFFF, true),
          order_case(std::int64_t{1} << 31, 5, 9, true),
          order_case(std::int64_t{1} << 31, 64, 9, false)};
}

const OpRegistration random_entry({
    .name = "random",
    .ops = {"random_normal", "random_uniform", "random_bernoulli"},
    .cases = random_cases,
    .refused = {{"step of another type", ErrorCode::kDtype, [] { random_normal(kStream, zeros({1}), {3}); }},
                {"two steps", ErrorCode::kShape, [] { random_normal(kStream, zeros({2}, DType::kU32), {3}); }},
                {"integers", ErrorCode::kDtype, [] { random_uniform(kStream, step_of(0), {3}, DType::kI32); }},
                {"probability", ErrorCode::kValue, [] { random_bernoulli(kStream, step_of(0), {3}, 1.5); }}},
});
const OpRegistration corruption_entry({.name = "corruption",
                                       .ops = {"random_normal", "random_bernoulli"},
                                       .cases = corruption_cases});
const OpRegistration order_entry({
    .name = "shuffled_indices",
    .ops = {"shuffled_indices"},
    .cases = order_cases,
    .refused = {{"no rows", ErrorCode::kArgument, [] { shuffled_indices(step_of(0), {.rows = 0, .batch = 1}); }},
                {"no batch", ErrorCode::kArgument, [] { shuffled_indices(step_of(0), {.rows = 4, .batch = 0}); }},
                {"step of another type", ErrorCode::kDtype,
                 [] { shuffled_indices(zeros({1}), {.rows = 4, .batch = 2}); }}},
});

struct Moments {
  double mean = 0, variance = 0, skewness = 0, kurtosis = 0;
};

Moments moments(const std::vector<float>& x) {
  const double count = static_cast<double>(x.size());
  Moments m;
  for (const float v : x) m.mean += static_cast<double>(v) / count;
  double third = 0, fourth = 0;
  for (const float v : x) {
    const double d = static_cast<double>(v) - m.mean;
    m.variance += d * d / count;
    third += d * d * d / count;
    fourth += d * d * d * d / count;
  }
  m.skewness = third / std::pow(m.variance, 1.5);
  m.kurtosis = fourth / (m.variance * m.variance);
  return m;
}

/// Largest distance between the empirical distribution and `cdf`, times sqrt(count): above 1.95 in one of 1000 draws.
template <class Cdf>
double kolmogorov_smirnov(std::vector<float> x, Cdf cdf) {
  std::sort(x.begin(), x.end());
  const double count = static_cast<double>(x.size());
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double expected = cdf(static_cast<double>(x[i]));
    worst = std::max({worst, std::abs(expected - static_cast<double>(i) / count),
                      std::abs(expected - static_cast<double>(i + 1) / count)});
  }
  return worst * std::sqrt(count);
}

double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

double correlation(const std::vector<float>& a, std::size_t a_begin, const std::vector<float>& b, std::size_t b_begin,
                   std::size_t count) {
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double x = static_cast<double>(a[a_begin + i]);
    const double y = static_cast<double>(b[b_begin + i]);
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return ab / std::sqrt(aa * bb);
}

TEST(Random, NormalNumbersAreNormal) {
  const std::size_t count = 1 << 20;
  const std::vector<float> x = run(random_normal(kStream, step_of(0), {1 << 20}));
  const Moments m = moments(x);
  const double error = 1 / std::sqrt(static_cast<double>(count));
  EXPECT_LT(std::abs(m.mean), 4 * error);
  EXPECT_LT(std::abs(m.variance - 1), 4 * std::sqrt(2.0) * error);
  EXPECT_LT(std::abs(m.skewness), 4 * std::sqrt(6.0) * error);
  EXPECT_LT(std::abs(m.kurtosis - 3), 4 * std::sqrt(24.0) * error);
  EXPECT_LT(kolmogorov_smirnov(x, normal_cdf), 1.95);
  for (const float v : x) ASSERT_LT(std::abs(v), 5.8f);
}

TEST(Random, NormalNumbersAreUncorrelated) {
  const std::size_t count = 1 << 18;
  const std::vector<float> x = run(random_normal(kStream, step_of(4), {(1 << 18) + 64}));
  const double limit = 4.5 / std::sqrt(static_cast<double>(count));
  for (std::size_t lag = 1; lag <= 64; ++lag) EXPECT_LT(std::abs(correlation(x, 0, x, lag, count)), limit) << lag;
}

TEST(Random, StepsNamesAndSeedsAreIndependent) {
  const Shape shape{1 << 16};
  const std::vector<float> x = run(random_normal(kStream, step_of(4), shape));
  const double limit = 4.5 / 256;
  EXPECT_LT(std::abs(correlation(x, 0, run(random_normal(kStream, step_of(5), shape)), 0, x.size())), limit);
  for (const RandomStream& other : {RandomStream(8, "test/noise"), RandomStream(7, "test/noisf"), RandomStream(7, "")})
    EXPECT_LT(std::abs(correlation(x, 0, run(random_normal(other, step_of(4), shape)), 0, x.size())), limit);
}

TEST(Random, UniformNumbersAreUniformAndInside) {
  const std::vector<float> x = run(random_uniform(kStream, step_of(1), {1 << 20}));
  EXPECT_LT(kolmogorov_smirnov(x, [](double v) { return v; }), 1.95);
  for (const float v : x) ASSERT_TRUE(v > 0 && v < 1);
}

TEST(Random, BernoulliHitsItsProbability) {
  for (const double p : {0.01, 0.2, 0.5, 0.9}) {
    const double count = 1 << 18;
    const Moments m = moments(run(random_bernoulli(kStream, step_of(1), {1 << 18}, p)));
    EXPECT_LT(std::abs(m.mean - p), 4 * std::sqrt(p * (1 - p) / count)) << p;
  }
}

TEST(Random, OtherOpsInTheProgramChangeNothing) {
  const std::vector<float> alone = run(random_normal(kStream, step_of(6), {500}));
  const Tensor step = step_of(6);
  const Tensor other = random_normal(RandomStream(7, "another"), step, {77});
  const Tensor same = random_normal(kStream, step, {500});
  Program program(cpu_device(), {sum(other), same});
  program.run();
  EXPECT_EQ(program.values<float>(1), alone);
}

TEST(Random, F64HoldsTheSameNumbers) {
  Program program(cpu_device(), {random_normal(kStream, step_of(6), {500}, DType::kF64)});
  program.run();
  const std::vector<double> wide = program.values<double>();
  EXPECT_EQ(std::vector<float>(wide.begin(), wide.end()), run(random_normal(kStream, step_of(6), {500})));
}

TEST(Corruption, WhiteZeroesTheStatedShareAndKeepsTheRest) {
  const std::vector<float> x = run(corrupt_white(fill(3, {16, 64, 64, 3}), 0.2, kStream, step_of(0)));
  std::size_t zeroed = 0;
  for (const float v : x) {
    ASSERT_TRUE(v == 0 || v == 3);
    zeroed += v == 0 ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(zeroed) / static_cast<double>(x.size()), 0.2, 0.005);
}

TEST(Corruption, NormalAddsNoiseOfTheStatedSize) {
  const Moments m = moments(run(corrupt_normal(fill(-0.5, {16, 64, 64, 3}), 0.2, kStream, step_of(0))));
  EXPECT_NEAR(m.mean, -0.5, 0.003);
  EXPECT_NEAR(std::sqrt(m.variance), 0.2, 0.002);
}

/// The indices of `epochs` whole epochs, drawn one epoch per step.
class Order {
 public:
  Order(std::int64_t rows, const RandomStream& stream)
      : step_(cpu_device(), "step", {Shape{1}, DType::kU32}),
        program_(step_.device(), {shuffled_indices(read(step_), {.rows = rows, .batch = rows, .stream = stream})}) {}
  std::vector<std::uint32_t> epoch(std::uint32_t index) {
    step_.write(std::vector<std::uint32_t>{index});
    program_.run();
    return program_.values<std::uint32_t>();
  }

 private:
  State step_;
  Program program_;
};

TEST(ShuffledIndices, EveryEpochIsAPermutation) {
  for (std::int64_t rows = 1; rows <= 1000; ++rows) {
    Order order(rows, kStream);
    for (const std::uint32_t epoch : {0u, 1u, 77u}) {
      std::vector<std::uint32_t> seen = order.epoch(epoch);
      std::sort(seen.begin(), seen.end());
      for (std::uint32_t i = 0; i < seen.size(); ++i) ASSERT_EQ(seen[i], i) << rows << " rows, epoch " << epoch;
    }
  }
}

TEST(ShuffledIndices, BatchesContinueAcrossEpochs) {
  constexpr std::int64_t kRows = 10;
  const State step(cpu_device(), "step", {Shape{1}, DType::kU32});
  Program program(step.device(), {shuffled_indices(read(step), {.rows = kRows, .batch = 4, .stream = kStream})});
  std::vector<std::uint32_t> drawn;
  for (std::uint32_t s = 0; s < 5; ++s) {
    step.write(std::vector<std::uint32_t>{s});
    program.run();
    for (const std::uint32_t index : program.values<std::uint32_t>()) drawn.push_back(index);
  }
  Order order(kRows, kStream);
  std::vector<std::uint32_t> expected = order.epoch(0);
  for (const std::uint32_t index : order.epoch(1)) expected.push_back(index);
  EXPECT_EQ(drawn, expected);
}

TEST(ShuffledIndices, EveryRowComesEverywhereEquallyOften) {
  for (const std::int64_t rows : {3, 5, 8, 16, 40}) {
    Order order(rows, kStream);
    constexpr int kEpochs = 4000;
    const auto n = static_cast<std::size_t>(rows);
    std::vector<double> count(n * n);
    double followers = 0;
    for (std::uint32_t epoch = 0; epoch < kEpochs; ++epoch) {
      const std::vector<std::uint32_t> drawn = order.epoch(epoch);
      for (std::size_t i = 0; i < n; ++i) ++count[i * n + drawn[i]];
      for (std::size_t i = 1; i < n; ++i) followers += drawn[i] == drawn[i - 1] + 1 ? 1 : 0;
    }
    double chi_square = 0;
    const double expected = static_cast<double>(kEpochs) / static_cast<double>(n);
    for (const double c : count) chi_square += (c - expected) * (c - expected) / expected;
    const double freedom = static_cast<double>((n - 1) * (n - 1));
    EXPECT_LT(std::abs(chi_square - freedom), 5 * std::sqrt(2 * freedom)) << rows << " rows";
    // Row i + 1 straight after row i: (n - 1) pairs of places with probability 1 / n each.
    const double pairs = kEpochs * static_cast<double>(n - 1) / static_cast<double>(n);
    EXPECT_LT(std::abs(followers - pairs), 5 * std::sqrt(pairs)) << rows << " rows";
  }
}

TEST(ShuffledIndices, StreamsAndEpochsDiffer) {
  Order order(100, kStream);
  const std::vector<std::uint32_t> first = order.epoch(0);
  EXPECT_NE(order.epoch(1), first);
  EXPECT_NE(Order(100, RandomStream(8, "test/noise")).epoch(0), first);
  EXPECT_EQ(Order(100, kStream).epoch(0), first);
}

}  // namespace
}  // namespace betwixt::ops_test
