// SPDX-License-Identifier: MIT
#include "betwixt/ops/losses.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "betwixt/cpu/cpu_device.h"
#include "betwixt/ops/fill.h"
#include "betwixt/ops/gradient.h"
#include "betwixt/tensor/program.h"
#include "tests/ops/support/check_op.h"

namespace betwixt::ops_test {
namespace {

/// Mean over all elements of f(a, b).
template <class F>
Oracle mean_of(F f) {
  return [f](const Values& in) {
    long double total = 0;
    for (std::size_t i = 0; i < in[0].size(); ++i) total += f(in[0][i], in[1][i]);
    return Values{{static_cast<double>(total / in[0].size())}};
  };
}

double squared_difference(double a, double b) { return (a - b) * (a - b); }
double huber(double a, double b) {
  const double d = std::abs(a - b);
  return d <= 0.5 ? d * d / 2 : 0.5 * (d - 0.25);
}
double cross_entropy(double p, double t) { return -(t * std::log(p) + (1 - t) * std::log(1 - p)); }
double logit_cross_entropy(double l, double t) {
  return t * std::log1p(std::exp(-l)) + (1 - t) * std::log1p(std::exp(l));
}

std::vector<OpCase> mse_cases() {
  std::vector<OpCase> cases;
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{17}, Shape{3, 5, 7, 3}, Shape{4097}, Shape{3, 131, 127, 3}})
    cases.push_back({.options = shape.text(),
                     .inputs = {{.shape = shape}, {.shape = shape}},
                     .build = [](const Tensors& in) { return Tensors{mse_loss(in[0], in[1])}; },
                     .oracle = mean_of(squared_difference),
                     .bound = sum_of(static_cast<double>(shape.elements())),
                     .magnitude = mean_of(
                         [](double a, double b) { return (std::abs(a) + std::abs(b)) * (std::abs(a) + std::abs(b)); }),
                     .exact_on_integers = false,
                     .differentiable = {0, 1},
                     .second_order = shape.elements() < 5000});
  return cases;
}

template <class Loss, class F>
OpCase pair_case(const std::string& name, Generator first, Generator second, Loss loss, F f) {
  return {.options = name,
          .inputs = {{.shape = {3, 5, 7}, .values = first}, {.shape = {3, 5, 7}, .values = second}},
          .build = [loss](const Tensors& in) { return Tensors{loss(in[0], in[1])}; },
          .oracle = mean_of(f),
          .bound = ulps(32, 1e-6),
          .differentiable = {0, 1}};
}

/// Four tensors [n, d], summed over d, mean over n.
Values kl_oracle(const Values& in, std::size_t n) {
  double total = 0;
  for (std::size_t i = 0; i < in[0].size(); ++i) {
    const double v1 = std::exp(in[1][i]), v2 = std::exp(in[3][i]);
    total += 0.5 * (std::log(v2 / v1) + (v1 + (in[0][i] - in[2][i]) * (in[0][i] - in[2][i])) / v2 - 1);
  }
  return {{total / static_cast<double>(n)}};
}

std::vector<OpCase> kl_cases() {
  const InputSpec code{.shape = {5, 3}};
  return {{.options = "kl gaussian",
           .inputs = {code, code, code, code},
           .build = [](const Tensors& in) { return Tensors{kl_gaussian(in[0], in[1], in[2], in[3])}; },
           .oracle = [](const Values& in) { return kl_oracle(in, 5); },
           .bound = ulps(32, 1e-6),
           .differentiable = {0, 1, 2, 3}},
          {.options = "kl standard",
           .inputs = {code, code},
           .build = [](const Tensors& in) { return Tensors{kl_standard(in[0], in[1])}; },
           .oracle =
               [](const Values& in) {
                 const std::vector<double> zero(in[0].size());
                 return kl_oracle({in[0], in[1], zero, zero}, 5);
               },
           .bound = ulps(32, 1e-6),
           .differentiable = {0, 1}}};
}

/// Wang's index window by window.
double ssim_oracle(const Shape& s, const SsimOptions& o, const Values& in) {
  std::vector<double> line;
  double total_weight = 0;
  for (int i = 0; i < o.window; ++i) {
    const double d = i - (o.window - 1) / 2.0;
    line.push_back(std::exp(-d * d / (2 * o.sigma * o.sigma)));
    total_weight += line.back();
  }
  const double c1 = std::pow(0.01 * o.range, 2), c2 = std::pow(0.03 * o.range, 2);
  double total = 0;
  int count = 0;
  const Shape windows = s.with(1, s[1] - o.window + 1).with(2, s[2] - o.window + 1);
  for_each_index(windows, [&](const std::int64_t* at, std::int64_t) {
    double x = 0, y = 0, xx = 0, yy = 0, xy = 0;
    for (int i = 0; i < o.window; ++i)
      for (int j = 0; j < o.window; ++j) {
        const std::int64_t from[] = {at[0], at[1] + i, at[2] + j, at[3]};
        const auto k = static_cast<std::size_t>(flat_index(s, from));
        const double w =
            line[static_cast<std::size_t>(i)] * line[static_cast<std::size_t>(j)] / (total_weight * total_weight);
        x += w * in[0][k];
        y += w * in[1][k];
        xx += w * in[0][k] * in[0][k];
        yy += w * in[1][k] * in[1][k];
        xy += w * in[0][k] * in[1][k];
      }
    total += (2 * x * y + c1) * (2 * (xy - x * y) + c2) / ((x * x + y * y + c1) * (xx - x * x + yy - y * y + c2));
    ++count;
  });
  return total / count;
}

OpCase ssim_case(const Shape& shape, const SsimOptions& options) {
  return {.options = "ssim " + shape.text() + " window " + std::to_string(options.window),
          .inputs = {{.shape = shape, .values = uniform(0, 1)}, {.shape = shape, .values = uniform(0, 1)}},
          .build = [options](const Tensors& in) { return Tensors{ssim_loss(in[0], in[1], options)}; },
          .oracle = [=](const Values& in) { return Values{{1 - ssim_oracle(shape, options, in)}}; },
          .bound = ulps(32, 2e-5),
          .differentiable = {0, 1},
          .second_order = shape.elements() < 500};
}

std::vector<OpCase> composed_cases() {
  const Generator probability = uniform(0.05, 0.95);
  // Apart, so that no difference comes near the kinks at 0 and delta.
  std::vector<OpCase> cases{
      pair_case("l1", uniform(0.5, 1), uniform(-1, 0), l1_loss, [](double a, double b) { return std::abs(a - b); }),
      pair_case(
          "huber inside", uniform(0.2, 0.4), uniform(0, 0.15),
          [](const Tensor& a, const Tensor& b) { return huber_loss(a, b, 0.5); }, huber),
      pair_case(
          "huber outside", uniform(-3, -2), uniform(-1, 1),
          [](const Tensor& a, const Tensor& b) { return huber_loss(a, b, 0.5); }, huber),
      pair_case("bce", probability, uniform(0, 1), bce_loss, cross_entropy),
      pair_case("bce with logits", uniform(-5, 5), uniform(0, 1), bce_with_logits_loss, logit_cross_entropy),
      ssim_case({1, 11, 11, 1}, {}),
      ssim_case({2, 13, 15, 3}, {.range = 2}),
      ssim_case({1, 7, 5, 2}, {.window = 5, .sigma = 1})};
  for (const OpCase& kl : kl_cases()) cases.push_back(kl);
  return cases;
}

const OpRegistration mse_entry({
    .name = "mse_loss",
    .ops = {"mse_loss", "mse_loss_grad"},
    .cases = mse_cases,
    .refused = {{"other shape", ErrorCode::kShape, [] { mse_loss(zeros({3}), zeros({2})); }},
                {"empty", ErrorCode::kShape, [] { mse_loss(zeros({0}), zeros({0})); }},
                {"integers", ErrorCode::kDtype, [] { mse_loss(zeros({3}, DType::kI32), zeros({3}, DType::kI32)); }}},
});
const OpRegistration composed_entry({
    .name = "composed_losses",
    .ops = {},
    .cases = composed_cases,
    .refused = {{"l1", ErrorCode::kShape, [] { l1_loss(zeros({3}), zeros({2})); }},
                {"delta", ErrorCode::kValue, [] { huber_loss(zeros({3}), zeros({3}), 0); }},
                {"no batch", ErrorCode::kShape, [] { kl_standard(zeros({}), zeros({})); }},
                {"small picture", ErrorCode::kShape,
                 [] {
                   ssim(zeros({1, 10, 20, 3}), zeros({1, 10, 20, 3}));
                 }},
                {"even window", ErrorCode::kArgument,
                 [] {
                   ssim(zeros({1, 20, 20, 3}), zeros({1, 20, 20, 3}), {.window = 4});
                 }}},
});

std::vector<float> run(const Tensor& t) {
  Program program(cpu_device(), {t});
  program.run();
  return program.values<float>();
}

TEST(Losses, ExtremeLogitsStayFinite) {
  const Tensor logits = constant(std::vector<double>{-1000, 1000}, {2});
  const Tensor wrong = constant(std::vector<double>{1, 0}, {2});
  const Tensor loss = bce_with_logits_loss(logits, wrong);
  EXPECT_FLOAT_EQ(run(loss)[0], 1000);
  EXPECT_EQ(run(gradient(loss, {logits})[0]), (std::vector<float>{-0.5f, 0.5f}));
}

TEST(Losses, CertainProbabilitiesStayFinite) {
  const Tensor p = constant(std::vector<double>{0, 1}, {2});
  const Tensor loss = bce_loss(p, constant(std::vector<double>{1, 0}, {2}));
  EXPECT_NEAR(run(loss)[0], -std::log(1e-7), 0.2);
  for (const float g : run(gradient(loss, {p})[0])) EXPECT_TRUE(std::isfinite(g));
}

TEST(Losses, EqualPicturesAreSimilar) {
  const Tensor x = fill(0.3, {1, 16, 16, 3});
  EXPECT_NEAR(run(ssim(x, x))[0], 1, 1e-6);
  EXPECT_NEAR(run(ssim_loss(x, x))[0], 0, 1e-6);
}

}  // namespace
}  // namespace betwixt::ops_test
