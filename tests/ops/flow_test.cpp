// SPDX-License-Identifier: MIT
#include "betwixt/ops/flow.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "betwixt/cpu/cpu_device.h"
#include "betwixt/ops/fill.h"
#include "betwixt/ops/warp.h"
#include "betwixt/tensor/program.h"
#include "tests/ops/support/check_op.h"
#include "tests/ops/support/sample_oracle.h"

namespace betwixt::ops_test {
namespace {

Generator displacement() {
  return [](std::int64_t, InputRandom& random) {
    return static_cast<double>(random.integer(-2, 1)) + random.uniform(0.05, 0.95);
  };
}

/// Mean penalty of the differences along one axis.
double mean_difference(const Shape& shape, const std::vector<double>& x, int axis, double (*penalty)(double)) {
  double total = 0;
  double count = 0;
  for_each_index(shape, [&](const std::int64_t* i, std::int64_t flat) {
    if (i[axis] == 0) return;
    std::int64_t before[] = {i[0], i[1], i[2], i[3]};
    --before[axis];
    total += penalty(x[static_cast<std::size_t>(flat)] - x[static_cast<std::size_t>(flat_index(shape, before))]);
    ++count;
  });
  return count > 0 ? total / count : 0;
}

OpCase penalty_case(const std::string& name, const Shape& shape, Tensor (*build)(const Tensor&),
                    double (*penalty)(double)) {
  return {.options = name + shape.text(),
          .inputs = {{.shape = shape, .values = distinct()}},
          .build = [build](const Tensors& in) { return Tensors{build(in[0])}; },
          .oracle =
              [=](const Values& in) {
                return Values{{mean_difference(shape, in[0], 2, penalty) + mean_difference(shape, in[0], 1, penalty)}};
              },
          .bound = ulps(32, 1e-6),
          .differentiable = {0}};
}

OpCase compose_case(const Shape& shape) {
  const SampleCase s{.image = shape, .points = shape, .outside = Outside::kClamp};
  return {.options = "compose " + shape.text(),
          .inputs = {{.shape = shape, .values = displacement()}, {.shape = shape, .values = displacement()}},
          .build = [](const Tensors& in) { return Tensors{flow_compose(in[0], in[1])}; },
          .oracle =
              [s](const Values& in) {
                Values out = sample_oracle(s, in);
                for (std::size_t i = 0; i < out[0].size(); ++i) out[0][i] += in[1][i];
                return out;
              },
          .bound = ulps(4, 4e-6),
          .differentiable = {0, 1},
          .second_order = false};
}

OpCase resize_case() {
  return {.options = "resize",
          .inputs = {{.shape = {1, 2, 1, 2}}},
          .build = [](const Tensors& in) { return Tensors{flow_resize(in[0], 4, 3)}; },
          .oracle =
              [](const Values& in) {
                std::vector<double> out;
                const double weights[] = {0, 0.25, 0.75, 1};
                for (const double w : weights)
                  for (int x = 0; x < 3; ++x) {
                    out.push_back(3 * ((1 - w) * in[0][0] + w * in[0][2]));
                    out.push_back(2 * ((1 - w) * in[0][1] + w * in[0][3]));
                  }
                return Values{out};
              },
          .bound = ulps(4, 1e-6),
          .differentiable = {0}};
}

std::vector<OpCase> cases() {
  const Shape shape{2, 4, 5, 2};
  std::vector<OpCase> all{compose_case({1, 5, 6, 2}), compose_case({2, 3, 3, 2}), resize_case()};
  for (const Shape& s : {shape, Shape{1, 1, 4, 3}, Shape{1, 1, 1, 2}}) {
    all.push_back(penalty_case(
        "total variation ", s, [](const Tensor& x) { return total_variation(x); },
        [](double d) { return std::abs(d); }));
    all.push_back(penalty_case(
        "rounded total variation ", s, [](const Tensor& x) { return total_variation(x, 0.5); },
        [](double d) { return std::sqrt(d * d + 0.25) - 0.5; }));
    all.push_back(penalty_case("smoothness ", s, smoothness, [](double d) { return d * d; }));
  }
  all.push_back({.options = "inverse",
                 .inputs = {{.shape = {1, 4, 5, 2}, .values = uniform(0.1, 0.3)}},
                 .build = [](const Tensors& in) { return Tensors{flow_invert(in[0], 3)}; },
                 .differentiable = {0},
                 .second_order = false});
  return all;
}

const OpRegistration entry({
    .name = "flow",
    .ops = {},
    .cases = cases,
    .refused = {{"no flow", ErrorCode::kShape,
                 [] {
                   flow_resize(zeros({1, 4, 4, 3}), 2, 2);
                 }},
                {"no flow composed", ErrorCode::kShape,
                 [] {
                   flow_compose(zeros({1, 4, 4, 2}), zeros({4, 4, 2}));
                 }},
                {"iterations", ErrorCode::kArgument,
                 [] {
                   flow_invert(zeros({1, 4, 4, 2}), -1);
                 }},
                {"rank", ErrorCode::kShape,
                 [] {
                   smoothness(zeros({4, 4}));
                 }}},
});

/// A flow that swells around the middle and stands still at the border.
std::vector<double> swelling(std::int64_t size) {
  std::vector<double> flow;
  for (std::int64_t y = 0; y < size; ++y)
    for (std::int64_t x = 0; x < size; ++x) {
      const double u = static_cast<double>(2 * x - size + 1) / static_cast<double>(size);
      const double v = static_cast<double>(2 * y - size + 1) / static_cast<double>(size);
      const double bump = std::exp(-8 * (u * u + v * v));
      flow.push_back(4 * bump);
      flow.push_back(-2.5 * bump);
    }
  return flow;
}

TEST(Flow, AFlowAndItsInverseCancel) {
  const Tensor flow = constant(swelling(64), {1, 64, 64, 2});
  Program program(cpu_device(), {flow_compose(flow, flow_invert(flow, 12))});
  program.run();
  for (const float v : program.values<float>()) ASSERT_LT(std::abs(v), 2e-3f);
}

TEST(Flow, ComposedFlowsWarpAsOneAfterTheOther) {
  std::vector<double> picture;
  for (int y = 0; y < 64; ++y)
    for (int x = 0; x < 64; ++x) picture.push_back(std::sin(0.2 * x) + std::cos(0.15 * y));
  const Tensor image = constant(picture, {1, 64, 64, 1});
  const Tensor a = constant(swelling(64), {1, 64, 64, 2});
  const Tensor b = constant(std::vector<double>(2 * 64 * 64, 1.25), {1, 64, 64, 2});
  Program program(cpu_device(), {warp(warp(image, a), b), warp(image, flow_compose(a, b))});
  program.run();
  const std::vector<float> twice = program.values<float>(0);
  const std::vector<float> once = program.values<float>(1);
  for (std::size_t i = 0; i < once.size(); ++i) ASSERT_NEAR(once[i], twice[i], 0.02f) << i;
}

}  // namespace
}  // namespace betwixt::ops_test
