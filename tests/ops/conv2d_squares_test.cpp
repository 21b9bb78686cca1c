// SPDX-License-Identifier: MIT
// Convolutions whose plan suits Winograd's algorithm: squares of two by two results, with odd sizes and any border.
#include <gtest/gtest.h>

#include "betwixt/ops/conv2d.h"
#include "betwixt/ops/detail/conv_plan.h"
#include "tests/ops/support/check_op.h"
#include "tests/ops/support/conv_oracle.h"

namespace betwixt::ops_test {
namespace {

struct SquareCase {
  const char* name;
  ConvShape shape;
};

std::vector<SquareCase> shapes() {
  const ActivationOptions leaky{Activation::kLeakyRelu, 0.25f};
  return {
      {"even", {.batch = 2, .height = 16, .width = 16, .in = 32, .out = 32, .options = {.padding = 1}}},
      {"odd",
       {.batch = 2, .height = 17, .width = 15, .in = 48, .out = 32, .options = {.padding = 1, .activation = leaky}}},
      {"odd padding",
       {.batch = 3, .height = 13, .width = 12, .in = 32, .out = 80, .options = {.padding = {0, 3, 2, 1}}}},
      {"no padding",
       {.height = 34, .width = 19, .in = 32, .out = 32, .options = {.activation = {Activation::kSigmoid}}}},
      {"deep", {.batch = 15, .height = 5, .width = 6, .in = 144, .out = 64, .options = {.padding = 1}}},
  };
}

Conv2dNode node_of(const ConvShape& s) { return {s.options, s.height, s.width, 3, 3, s.in, s.out, false}; }

OpCase forward_case(const SquareCase& one) {
  const ConvShape& s = one.shape;
  OpCase c;
  c.options = std::string(one.name) + " " + s.x().text() + " * " + s.weight().text();
  c.inputs = {{.shape = s.x()}, {.shape = s.weight()}, {.shape = {s.out}}};
  c.build = [s](const Tensors& in) { return Tensors{conv2d(in[0], in[1], in[2], s.options)}; };
  c.oracle = [s](const Values& in) { return finish(conv_products(s, in[0], in[1]), in[2], s.options.activation); };
  c.magnitude = [s](const Values& in) {
    return finish_magnitude(conv_products(s, absolute(in[0]), absolute(in[1])), in[2], s.options.activation);
  };
  c.bound = sum_of(static_cast<double>(9 * s.in + 1));
  c.exact_on_integers = s.options.activation.kind != Activation::kSigmoid;
  return c;
}

std::vector<OpCase> square_cases() {
  std::vector<OpCase> cases;
  for (const SquareCase& one : shapes()) {
    cases.push_back(forward_case(one));
    if (one.shape.options.activation.kind == Activation::kNone) cases.push_back(conv_input_case(one.name, one.shape));
  }
  return cases;
}

const OpRegistration square_entry({.name = "conv2d_squares",
                                   .ops = {"conv2d", "conv2d_grad_input"},
                                   .cases = square_cases});

TEST(ConvolutionInSquares, IsTakenBySinglePrecisionOnly) {
  for (const SquareCase& one : shapes()) {
    const detail::ConvPlan plan = detail::forward_plan(node_of(one.shape), one.shape.batch);
    EXPECT_TRUE(detail::suits_winograd(plan, sizeof(float))) << one.name;
    EXPECT_FALSE(detail::suits_winograd(plan, sizeof(double))) << one.name;
  }
}

TEST(ConvolutionInSquares, NeedsThreeByThreeTapsSideBySide) {
  for (const Conv2dOptions& options :
       {Conv2dOptions{.stride = 2, .padding = 1}, Conv2dOptions{.padding = 2, .dilation = 2},
        Conv2dOptions{.padding = 1, .groups = 2}, Conv2dOptions{.padding = 1, .upsample = 2}}) {
    const ConvShape s{.batch = 4, .height = 32, .width = 32, .in = 64, .out = 64, .options = options};
    EXPECT_FALSE(detail::suits_winograd(detail::forward_plan(node_of(s), s.batch), sizeof(float)));
  }
}

}  // namespace
}  // namespace betwixt::ops_test
