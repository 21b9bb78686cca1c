// SPDX-License-Identifier: MIT
#include "betwixt/ops/warp.h"

#include <gtest/gtest.h>

#include <limits>

#include "betwixt/cpu/cpu_device.h"
#include "betwixt/ops/fill.h"
#include "betwixt/ops/gradient.h"
#include "betwixt/ops/reduce.h"
#include "betwixt/tensor/program.h"
#include "tests/ops/support/check_op.h"
#include "tests/ops/support/sample_oracle.h"

namespace betwixt::ops_test {
namespace {

struct Named {
  Border border;
  Outside outside;
  const char* name;
};
const Named kBorders[] = {{Border::kZero, Outside::kZero, "zero "},
                          {Border::kClamp, Outside::kClamp, "clamp "},
                          {Border::kReflect, Outside::kReflect, "reflect "}};

/// Whole pixels up to `reach` and a part that keeps difference steps off the kinks.
Generator displacement(std::int64_t reach) {
  return [reach](std::int64_t, InputRandom& random) {
    return static_cast<double>(random.integer(-reach, reach)) + random.uniform(0.05, 0.95);
  };
}

struct Sizes {
  Shape image, flow;
};

std::vector<Sizes> sizes() {
  return {{{1, 1, 1, 1}, {1, 1, 1, 2}}, {{2, 5, 7, 3}, {2, 5, 7, 2}},     {{1, 13, 11, 1}, {1, 4, 9, 2}},
          {{1, 6, 9, 2}, {1, 6, 9, 2}}, {{3, 4, 5, 4}, {3, 7, 3, 2}},     {{1, 3, 4, 8}, {1, 3, 4, 2}},
          {{1, 1, 6, 3}, {1, 2, 6, 2}}, {{2, 3, 131, 3}, {2, 3, 131, 2}}, {{1, 2, 3, 67}, {1, 2, 2, 2}}};
}

OpCase forward_case(const Named& border, const Sizes& size, Generator flow, const std::string& what) {
  const SampleCase s{.image = size.image, .points = size.flow, .outside = border.outside};
  return {.options = border.name + size.image.text() + what,
          .inputs = {{.shape = size.image}, {.shape = size.flow, .values = std::move(flow)}},
          .build = [border](const Tensors& in) { return Tensors{warp(in[0], in[1], {.border = border.border})}; },
          .oracle = [s](const Values& in) { return sample_oracle(s, in); },
          .bound = sum_of(4),
          .magnitude = [s](const Values& in) { return sample_magnitude(s, in); },
          .second_order = false};
}

/// The gradient with respect to the picture as a case of its own: linear in what comes back, not in the flow.
OpCase scatter_case(const Named& border, const Sizes& size, Generator flow, const std::string& what) {
  const SampleCase s{.image = size.image, .points = size.flow, .outside = border.outside};
  return {.options = std::string("image gradient ") + border.name + size.image.text() + what,
          .inputs = {{.shape = size.image},
                     {.shape = size.flow, .values = std::move(flow)},
                     {.shape = size.flow.with(3, size.image[3])}},
          .build =
              [border](const Tensors& in) {
                return gradient(warp(in[0], in[1], {.border = border.border}), {in[0]}, in[2]);
              },
          .oracle = [s](const Values& in) { return scatter_oracle(s, in); },
          .bound = sum_of(static_cast<double>(size.flow.elements())),
          .magnitude = [s](const Values& in) { return scatter_magnitude(s, in); },
          .second_order = false};
}

std::vector<OpCase> cases() {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const Generator wild = listed({std::nan(""), 0.5, kInfinity, -kInfinity, 1e30, -1e30, 3e9, -3e9, 2.5e7, 1e7, -9e6, 0,
                                 -0.0, 1e-30, -1e-30, 0.25, 8388608, -8388608, 65536.5});
  std::vector<OpCase> all;
  for (const Named& border : kBorders) {
    for (const Sizes& size : sizes())
      for (const std::int64_t reach : {1, 9}) {
        const std::string what = " reach " + std::to_string(reach);
        OpCase both = forward_case(border, size, displacement(reach), what);
        both.differentiable = {0, 1};
        all.push_back(both);
        OpCase back = scatter_case(border, size, displacement(reach), what);
        back.differentiable = {1, 2};
        all.push_back(back);
      }
    OpCase twice = forward_case(border, {{2, 4, 5, 3}, {2, 5, 4, 2}}, displacement(2), " twice in the image");
    twice.differentiable = {0};
    twice.second_order = true;
    all.push_back(twice);
    all.push_back(forward_case(border, {{2, 5, 7, 3}, {2, 5, 71, 2}}, wild, " wild flow"));
    all.push_back(scatter_case(border, {{2, 5, 7, 3}, {2, 5, 71, 2}}, wild, " wild flow"));
  }
  // What is not finite must not be lost among the sums.
  OpCase infinite = scatter_case(kBorders[1], {{1, 1, 1, 1}, {1, 1, 2, 2}}, listed({0}), " infinite");
  infinite.inputs[2].values = listed({kInfinity, -kInfinity});
  infinite.bound = exact();
  all.push_back(infinite);
  // Whole rows of points between pixels of the picture.
  const Generator inwards = listed({0.25, 3.5, 7.75, 1, 0, 5.125, 2.0625, 6.9});
  for (const std::int64_t channels : {1, 3, 4, 5}) {
    const Sizes size{{2, 40, 90, channels}, {2, 30, 75, 2}};
    all.push_back(forward_case(kBorders[0], size, inwards, " inside"));
    all.push_back(scatter_case(kBorders[0], size, inwards, " inside"));
  }
  all.push_back(forward_case(kBorders[1], {{1, 64, 64, 3}, {1, 230, 200, 2}}, displacement(300), " large"));
  all.push_back(scatter_case(kBorders[1], {{1, 64, 64, 3}, {1, 230, 200, 2}}, displacement(300), " large"));
  return all;
}

const OpRegistration entry({
    .name = "warp",
    .ops = {"warp", "warp_grad_flow", "warp_grad_image"},
    .cases = cases,
    .refused = {{"rank 3", ErrorCode::kShape,
                 [] {
                   warp(zeros({4, 4, 3}), zeros({1, 4, 4, 2}));
                 }},
                {"flow of three", ErrorCode::kShape,
                 [] {
                   warp(zeros({1, 4, 4, 3}), zeros({1, 4, 4, 3}));
                 }},
                {"other batch", ErrorCode::kShape,
                 [] {
                   warp(zeros({2, 4, 4, 3}), zeros({1, 4, 4, 2}));
                 }},
                {"empty picture", ErrorCode::kShape,
                 [] {
                   warp(zeros({1, 0, 4, 3}), zeros({1, 4, 4, 2}));
                 }},
                {"integers", ErrorCode::kDtype,
                 [] {
                   warp(zeros({1, 4, 4, 3}, DType::kI32), zeros({1, 4, 4, 2}, DType::kI32));
                 }},
                {"two types", ErrorCode::kDtype,
                 [] {
                   warp(zeros({1, 4, 4, 3}), zeros({1, 4, 4, 2}, DType::kF64));
                 }}},
});

std::vector<float> run(const Tensor& t) {
  Program program(cpu_device(), {t});
  program.run();
  return program.values<float>();
}

TEST(Warp, LooksWhereTheFlowPoints) {
  const Tensor image = constant(std::vector<double>{1, 2, 3, 4}, {1, 1, 4, 1});
  auto moved = [&](double by, Border border) {
    return run(
        warp(image, constant(std::vector<double>{by, 0, by, 0, by, 0, by, 0}, {1, 1, 4, 2}), {.border = border}));
  };
  EXPECT_EQ(moved(1, Border::kZero), (std::vector<float>{2, 3, 4, 0}));
  EXPECT_EQ(moved(1, Border::kClamp), (std::vector<float>{2, 3, 4, 4}));
  EXPECT_EQ(moved(1, Border::kReflect), (std::vector<float>{2, 3, 4, 3}));
  EXPECT_EQ(moved(-0.5, Border::kZero), (std::vector<float>{0.5, 1.5, 2.5, 3.5}));
}

TEST(Warp, SecondDerivativesByTheFlowAreRefusedByName) {
  const Tensor image = zeros({1, 4, 4, 1});
  const Tensor flow = fill(0.5, {1, 4, 4, 2});
  const Tensor slope = gradient(sum(warp(image, flow)), {flow})[0];
  try {
    gradient(sum(slope), {flow});
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("warp_grad_flow"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace betwixt::ops_test
