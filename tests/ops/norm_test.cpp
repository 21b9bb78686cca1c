// SPDX-License-Identifier: MIT
#include "betwixt/ops/norm.h"

#include <gtest/gtest.h>

#include <cmath>

#include "betwixt/cpu/cpu_device.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/fill.h"
#include "betwixt/ops/gradient.h"
#include "betwixt/tensor/program.h"
#include "tests/ops/support/check_op.h"

namespace betwixt::ops_test {
namespace {

/// Larger cases would take seconds each.
constexpr std::int64_t kMostForSecondOrder = 5000;

/// x as [outer, rows, groups, width], see the four normalisations below.
struct Sizes {
  std::int64_t outer, rows, groups, width;
  std::size_t at(std::int64_t o, std::int64_t r, std::int64_t g, std::int64_t k) const {
    return static_cast<std::size_t>(((o * rows + r) * groups + g) * width + k);
  }
};

double activated(double x, const ActivationOptions& activation) {
  switch (activation.kind) {
    case Activation::kNone:
      return x;
    case Activation::kRelu:
      return x > 0 ? x : 0;
    case Activation::kLeakyRelu:
      return x >= 0 ? x : static_cast<double>(activation.slope) * x;
    case Activation::kSigmoid:
      return 1 / (1 + std::exp(-x));
    case Activation::kTanh:
      return std::tanh(x);
  }
  return 0;
}

template <class Visit>
void for_each_of_group(const Sizes& s, std::int64_t o, std::int64_t g, Visit visit) {
  for (std::int64_t r = 0; r < s.rows; ++r)
    for (std::int64_t k = 0; k < s.width; ++k) visit(s.at(o, r, g, k), static_cast<std::size_t>(g * s.width + k));
}

/// y, mean, variance.
Values oracle(const Sizes& s, const NormOptions& options, const Values& in) {
  Values out{std::vector<double>(in[0].size()), {}, {}};
  for (std::int64_t o = 0; o < s.outer; ++o)
    for (std::int64_t g = 0; g < s.groups; ++g) {
      const double count = static_cast<double>(s.rows * s.width);
      double mean = 0, variance = 0;
      for_each_of_group(s, o, g, [&](std::size_t i, std::size_t) { mean += in[0][i] / count; });
      for_each_of_group(s, o, g,
                        [&](std::size_t i, std::size_t) { variance += (in[0][i] - mean) * (in[0][i] - mean) / count; });
      const double deviation = std::sqrt(variance + options.epsilon);
      for_each_of_group(s, o, g, [&](std::size_t i, std::size_t c) {
        out[0][i] = activated((in[0][i] - mean) / deviation * in[1][c] + in[2][c], options.activation);
      });
      out[1].push_back(mean);
      out[2].push_back(variance);
    }
  return out;
}

std::vector<InputSpec> inputs(const Shape& x, const Shape& parameters, double centre) {
  return {{.shape = x, .values = uniform(centre - 1, centre + 1)},
          {.shape = parameters, .values = uniform(0.5, 1.5)},
          {.shape = parameters}};
}

std::string name_of(const ActivationOptions& activation) {
  const char* names[] = {"", " relu", " leaky relu", " sigmoid", " tanh"};
  return names[static_cast<int>(activation.kind)];
}

/// Rounding of x about a mean of size `centre`, magnified by 1 / deviation, is what the bounds must allow for.
Bound norm_bound(double centre) { return ulps(8, (4 + 4 * centre) * 4e-7); }

OpCase batch_case(const Shape& x, const NormOptions& options, double centre = 0) {
  const std::int64_t channels = x[-1];
  const Sizes sizes{1, x.elements() / channels, channels, 1};
  return {.options = "batch " + x.text() + name_of(options.activation) + (centre != 0 ? " off centre" : ""),
          .inputs = inputs(x, {channels}, centre),
          .build =
              [options](const Tensors& in) {
                const BatchNormResult r = batch_norm(in[0], in[1], in[2], options);
                return Tensors{r.y, r.mean, r.variance};
              },
          .oracle = [=](const Values& in) { return oracle(sizes, options, in); },
          .bound = norm_bound(centre),
          .differentiable = {0, 1, 2},
          .second_order = x.elements() < kMostForSecondOrder};
}

std::vector<OpCase> batch_cases() {
  std::vector<OpCase> cases;
  for (const Shape& x : {Shape{2, 3}, Shape{13, 1}, Shape{3, 5, 7, 3}, Shape{2, 9, 8, 16}, Shape{1, 4, 4, 131},
                         Shape{3, 24, 24, 67}, Shape{700, 33}})
    cases.push_back(batch_case(x, {}));
  for (const Activation kind : {Activation::kRelu, Activation::kLeakyRelu, Activation::kSigmoid, Activation::kTanh})
    cases.push_back(batch_case({2, 4, 5, 7}, {.epsilon = 1e-3, .activation = {kind, 0.1f}}));
  cases.push_back(batch_case({2, 9, 8, 5}, {}, 40));
  return cases;
}

OpCase composed_case(const Shape& x) {
  OpCase result = batch_case(x, {});
  result.options = "composed " + x.text();
  result.build = [](const Tensors& in) {
    const BatchNormResult r = batch_norm_composed(in[0], in[1], in[2]);
    return Tensors{r.y, r.mean, r.variance};
  };
  return result;
}

OpCase inference_case(const Shape& x) {
  OpCase result;
  result.options = "inference " + x.text();
  result.inputs = inputs(x, {x[-1]}, 0);
  result.inputs.push_back({.shape = {x[-1]}});
  result.inputs.push_back({.shape = {x[-1]}, .values = positive()});
  result.build = [](const Tensors& in) { return Tensors{batch_norm_inference(in[0], in[1], in[2], in[3], in[4])}; };
  result.oracle = [c = static_cast<std::size_t>(x[-1])](const Values& in) {
    Values out(1);
    for (std::size_t i = 0; i < in[0].size(); ++i)
      out[0].push_back((in[0][i] - in[3][i % c]) / std::sqrt(in[4][i % c] + 1e-5) * in[1][i % c] + in[2][i % c]);
    return out;
  };
  result.bound = norm_bound(1);
  result.differentiable = {0, 1, 2, 3, 4};
  return result;
}

template <class Build>
OpCase plain_case(const std::string& name, const Shape& x, const Shape& parameters, const Sizes& sizes, Build build) {
  return {.options = name + " " + x.text(),
          .inputs = inputs(x, parameters, 0),
          .build = [build](const Tensors& in) { return Tensors{build(in[0], in[1], in[2])}; },
          .oracle = [sizes](const Values& in) { return Values{oracle(sizes, {}, in)[0]}; },
          .bound = norm_bound(0),
          .differentiable = {0, 1, 2},
          .second_order = x.elements() < kMostForSecondOrder};
}

OpCase group_case(const Shape& x, int groups) {
  const std::int64_t c = x[-1];
  return plain_case("group " + std::to_string(groups), x, {c}, {x[0], x.elements() / x[0] / c, groups, c / groups},
                    [groups](const Tensor& t, const Tensor& scale, const Tensor& bias) {
                      return group_norm(t, groups, scale, bias);
                    });
}

OpCase instance_case(const Shape& x) {
  const std::int64_t c = x[-1];
  return plain_case(
      "instance", x, {c}, {x[0], x.elements() / x[0] / c, c, 1},
      [](const Tensor& t, const Tensor& scale, const Tensor& bias) { return instance_norm(t, scale, bias); });
}

OpCase layer_case(const Shape& x, const Shape& inner) {
  return plain_case(
      "layer " + inner.text(), x, inner, {x.elements() / inner.elements(), 1, 1, inner.elements()},
      [](const Tensor& t, const Tensor& scale, const Tensor& bias) { return layer_norm(t, scale, bias); });
}

std::vector<OpCase> other_cases() {
  return {composed_case({3, 5, 7, 3}),    inference_case({3, 5, 7, 3}),        group_case({2, 5, 3, 6}, 2),
          group_case({3, 1, 1, 12}, 4),   group_case({1, 13, 9, 5}, 1),        group_case({2, 12, 12, 192}, 3),
          instance_case({3, 7, 5, 3}),    instance_case({2, 3, 3, 67}),        layer_case({5, 7}, {7}),
          layer_case({3, 2, 127}, {127}), layer_case({2, 3, 5, 4}, {3, 5, 4}), layer_case({2, 70, 1031}, {70, 1031})};
}

std::vector<OpCase> cases() {
  std::vector<OpCase> all = batch_cases();
  for (const OpCase& other : other_cases()) all.push_back(other);
  return all;
}

const OpRegistration entry({
    .name = "normalize",
    .ops = {"normalize", "normalize_grad"},
    .cases = cases,
    .refused = {{"scale of another size", ErrorCode::kShape,
                 [] {
                   batch_norm(zeros({2, 3}), zeros({2}), zeros({3}));
                 }},
                {"groups do not divide", ErrorCode::kShape,
                 [] {
                   group_norm(zeros({2, 4, 4, 6}), 4, zeros({6}), zeros({6}));
                 }},
                {"layer shape", ErrorCode::kShape,
                 [] {
                   layer_norm(zeros({2, 3}), zeros({2}), zeros({2}));
                 }},
                {"empty", ErrorCode::kShape,
                 [] {
                   batch_norm(zeros({0, 3}), zeros({3}), zeros({3}));
                 }},
                {"epsilon", ErrorCode::kValue,
                 [] {
                   batch_norm(zeros({2, 3}), zeros({3}), zeros({3}), {.epsilon = 0});
                 }},
                {"mixed types", ErrorCode::kDtype,
                 [] {
                   batch_norm(zeros({2, 3}), zeros({3}, DType::kF64), zeros({3}));
                 }}},
});

std::vector<float> run(const Tensor& t) {
  Program program(cpu_device(), {t});
  program.run();
  return program.values<float>();
}

TEST(BatchNorm, AConstantChannelGivesTheBias) {
  const BatchNormResult r = batch_norm(fill(0.1, {16, 32, 32, 2}), fill(1, {2}), fill(0.25, {2}));
  for (const float y : run(r.y)) ASSERT_EQ(y, 0.25f);
  EXPECT_EQ(run(r.variance), (std::vector<float>{0, 0}));
}

TEST(BatchNorm, ALargeMeanDoesNotSpoilTheVariance) {
  std::vector<double> values;
  for (int i = 0; i < 100000; ++i) values.push_back(10000 + (i % 2 == 0 ? 1 : -1));
  const BatchNormResult r = batch_norm(constant(values, {100000, 1}), fill(1, {1}), fill(0, {1}));
  EXPECT_FLOAT_EQ(run(r.mean)[0], 10000);
  EXPECT_FLOAT_EQ(run(r.variance)[0], 1);
}

TEST(BatchNorm, TheGradientOfThePictureDoesNotNeedThoseOfTheParameters) {
  std::vector<double> values;
  for (int i = 0; i < 4000; ++i) values.push_back(std::sin(i * 1.7));
  const Tensor x = constant(values, {1000, 4});
  const Tensor scale = fill(1.3, {4});
  const Tensor bias = fill(0.2, {4});
  const Tensor y = batch_norm(x, scale, bias).y;
  const std::vector<Tensor> all = gradient(y * y * y, {x, scale, bias});
  Program program(cpu_device(), all);
  program.run();
  EXPECT_EQ(run(gradient(y * y * y, {x})[0]), program.values<float>(0));
}

TEST(BatchNorm, FusedAndComposedHaveTheSameSecondDerivative) {
  std::vector<double> values;
  for (int i = 0; i < 40; ++i) values.push_back(std::sin(i * 1.7));
  const Tensor x = constant(values, {10, 4}, DType::kF64);
  const Tensor scale = fill(1.3, {4}, DType::kF64);
  const Tensor bias = fill(0.2, {4}, DType::kF64);
  const NormOptions options{.activation = {Activation::kTanh}};
  auto penalty_gradient = [&](const Tensor& y) {
    const Tensor g = gradient(y * y * y, {x})[0];
    Program program(cpu_device(), {gradient(g * g, {x})[0]});
    program.run();
    return program.values<double>();
  };
  const std::vector<double> fused = penalty_gradient(batch_norm(x, scale, bias, options).y);
  const std::vector<double> composed = penalty_gradient(batch_norm_composed(x, scale, bias, options).y);
  for (std::size_t i = 0; i < fused.size(); ++i) EXPECT_NEAR(fused[i], composed[i], 1e-9);
}

}  // namespace
}  // namespace betwixt::ops_test
