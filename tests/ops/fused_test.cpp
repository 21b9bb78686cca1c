// SPDX-License-Identifier: MIT
// The ops that only Op::fuse makes. Here they are put together by the rules themselves.
#include "tests/ops/support/fused.h"

#include <gtest/gtest.h>

#include <cmath>

#include "betwixt/cpu/cpu_device.h"
#include "betwixt/ops/activation_grad.h"
#include "betwixt/ops/detail/conv2d_options.h"
#include "betwixt/ops/fill.h"
#include "betwixt/ops/matmul.h"
#include "betwixt/tensor/program.h"

namespace betwixt::ops_test {
namespace {

Conv2dNode node_of(const ConvShape& s) {
  return conv2d(fill(0, s.x()), fill(0, s.weight()), {}, s.options).node().options<Conv2dNode>();
}

std::vector<ConvShape> shapes() {
  std::vector<ConvShape> result;
  for (const int kernel : {1, 3, 4})
    for (const int stride : {1, 2})
      for (const std::int64_t channels : {1, 5, 8})
        result.push_back({.batch = 2,
                          .height = 7,
                          .width = 9,
                          .in = channels,
                          .out = 13 - channels,
                          .kernel_height = kernel,
                          .kernel_width = kernel,
                          .options = {.stride = stride, .padding = kernel / 2}});
  result.push_back({.batch = 1, .height = 5, .width = 4, .in = 4, .out = 6, .options = {.padding = 1, .groups = 2}});
  result.push_back({.batch = 1, .height = 5, .width = 4, .in = 2, .out = 4, .options = {.padding = 1, .groups = 2}});
  // More workgroups than an axis has with BETWIXT_TEST_LIMITS=few_groups; more columns than a tile.
  result.push_back({.batch = 1, .height = 4, .width = 4, .in = 72, .out = 72, .options = {.padding = 1, .groups = 72}});
  result.push_back({.batch = 1, .height = 5, .width = 4, .in = 3, .out = 130, .options = {.padding = 1}});
  result.push_back({.batch = 3, .height = 6, .width = 5, .in = 3, .out = 4, .options = {.padding = 1, .upsample = 2}});
  result.push_back({.height = 7, .width = 8, .in = 2, .out = 3, .options = {.padding = 2, .dilation = 2}});
  // By squares.
  result.push_back({.batch = 2, .height = 16, .width = 17, .in = 32, .out = 48, .options = {.padding = 1}});
  result.push_back({.batch = 1, .height = 24, .width = 24, .in = 48, .out = 32, .options = {.padding = 1}});
  result.push_back({.batch = 2, .height = 31, .width = 37, .in = 33, .out = 17, .options = {.padding = 1}});
  return result;
}

OpCase input_case(const ConvShape& s, const ActivationOptions& activation) {
  OpCase c;
  c.options = std::string(activation_name(activation.kind)) + " " + s.y().text() + " * " + s.weight().text();
  c.inputs = {{.shape = s.y()}, {.shape = s.weight()}, {.shape = s.x(), .values = away_from_zero()}};
  c.build = [s, activation](const Tensors& in) {
    const Tensor product = detail::conv2d_input_map(in[0], in[1], node_of(s));
    const Tensor result = activation_grad(product, in[2], activation);
    return fused(result, product);
  };
  c.oracle = [s, activation](const Values& in) {
    return times_slope(conv_input_gradient(s, in[0], in[1]), in[2], activation, false);
  };
  c.magnitude = [s, activation](const Values& in) {
    return times_slope(conv_input_gradient(s, absolute(in[0]), absolute(in[1])), in[2], activation, true);
  };
  c.bound = sum_of(static_cast<double>(s.kernel_height * s.kernel_width * s.out * s.options.upsample + 1));
  return c;
}

std::vector<OpCase> input_cases() {
  std::vector<OpCase> cases;
  for (const ConvShape& s : shapes()) cases.push_back(input_case(s, slopes()[cases.size() % slopes().size()]));
  return cases;
}

Values weight_and_bias(const ConvShape& s, const std::vector<double>& x, const std::vector<double>& dy) {
  Values result(2);
  result[0].resize(static_cast<std::size_t>(s.weight().elements()));
  result[1].resize(static_cast<std::size_t>(s.out));
  for_each_product(s, [&](std::int64_t i, std::int64_t k, std::int64_t o) {
    result[0][static_cast<std::size_t>(k)] += x[static_cast<std::size_t>(i)] * dy[static_cast<std::size_t>(o)];
  });
  for (std::size_t i = 0; i < dy.size(); ++i) result[1][i % result[1].size()] += dy[i];
  return result;
}

OpCase weight_case(const ConvShape& s) {
  OpCase c;
  c.options = s.x().text() + " with " + s.y().text();
  c.inputs = {{.shape = s.x()}, {.shape = s.y()}};
  c.build = [s](const Tensors& in) {
    const Tensor weight = detail::conv2d_weight_map(in[0], in[1], node_of(s));
    const Tensor sum = detail::channel_sum(in[1]);
    if (sum.dtype() == DType::kF64) return Tensors{weight, sum};
    return weight.node().op->fuse(weight.node(), sum.node());
  };
  c.oracle = [s](const Values& in) { return weight_and_bias(s, in[0], in[1]); };
  c.magnitude = [s](const Values& in) { return weight_and_bias(s, absolute(in[0]), absolute(in[1])); };
  c.bound = sum_of(static_cast<double>(s.batch * s.out_height() * s.out_width()));
  return c;
}

std::vector<OpCase> weight_cases() {
  std::vector<OpCase> cases;
  for (const ConvShape& s : shapes()) cases.push_back(weight_case(s));
  return cases;
}

struct Product {
  std::int64_t rows, inner, columns;
  MatmulOptions options = {};
};

std::vector<double> product(const Product& p, const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> result(static_cast<std::size_t>(p.rows * p.columns));
  for (std::int64_t i = 0; i < p.rows; ++i)
    for (std::int64_t j = 0; j < p.columns; ++j)
      for (std::int64_t k = 0; k < p.inner; ++k)
        result[static_cast<std::size_t>(i * p.columns + j)] +=
            a[static_cast<std::size_t>(p.options.transpose_a ? k * p.rows + i : i * p.inner + k)] *
            b[static_cast<std::size_t>(p.options.transpose_b ? j * p.inner + k : k * p.columns + j)];
  return result;
}

OpCase product_case(const Product& p, const ActivationOptions& activation) {
  OpCase c;
  c.options = std::string(activation_name(activation.kind)) + " " + std::to_string(p.rows) + "x" +
              std::to_string(p.inner) + "x" + std::to_string(p.columns);
  c.inputs = {{.shape = p.options.transpose_a ? Shape{p.inner, p.rows} : Shape{p.rows, p.inner}},
              {.shape = p.options.transpose_b ? Shape{p.columns, p.inner} : Shape{p.inner, p.columns}},
              {.shape = {p.rows, p.columns}, .values = away_from_zero()}};
  c.build = [p, activation](const Tensors& in) {
    const Tensor y = matmul(in[0], in[1], p.options);
    const Tensor result = activation_grad(y, in[2], activation);
    return fused(result, y);
  };
  c.oracle = [p, activation](const Values& in) {
    return times_slope(product(p, in[0], in[1]), in[2], activation, false);
  };
  c.magnitude = [p, activation](const Values& in) {
    return times_slope(product(p, absolute(in[0]), absolute(in[1])), in[2], activation, true);
  };
  c.bound = sum_of(static_cast<double>(p.inner));
  return c;
}

std::vector<OpCase> product_cases() {
  std::vector<OpCase> cases;
  for (const bool transpose_a : {false, true})
    for (const bool transpose_b : {false, true})
      for (const Product& p :
           {Product{1, 1, 1}, Product{3, 5, 7}, Product{16, 64, 8}, Product{37, 129, 65}, Product{4, 2053, 3}}) {
        Product turned = p;
        turned.options = {transpose_a, transpose_b};
        cases.push_back(product_case(turned, slopes()[cases.size() % slopes().size()]));
      }
  return cases;
}

const OpRegistration input_entry({.name = "conv2d_grad_input_activation",
                                  .ops = {"conv2d_grad_input_activation"},
                                  .cases = input_cases});
const OpRegistration weight_entry({.name = "conv2d_grad_weight_bias",
                                   .ops = {"conv2d_grad_weight_bias"},
                                   .cases = weight_cases});
const OpRegistration product_entry({.name = "matmul_activation_grad",
                                    .ops = {"matmul_activation_grad"},
                                    .cases = product_cases});

/// The gradient behind an activation, in a program of the CPU: with the derivative taken along by the product, or by an
/// op of its own because the product is wanted as well.
void expect_equal_bits(const Tensor& product, const Tensor& y, const ActivationOptions& activation) {
  const Tensor result = activation_grad(product, y, activation);
  const Device device = cpu_device();
  Program fused_program(device, {result});
  Program plain_program(device, {result, product});
  EXPECT_EQ(fused_program.call_count() + 1, plain_program.call_count());
  fused_program.run();
  plain_program.run();
  EXPECT_EQ(fused_program.values<float>(), plain_program.values<float>()) << activation_name(activation.kind);
}

Tensor noise(const Shape& shape, double step) {
  std::vector<double> values(static_cast<std::size_t>(shape.elements()));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::sin(step * static_cast<double>(i));
  return constant(values, shape);
}

TEST(FusedOnTheCpu, TheDerivativeOfAnActivationIsTakenAlongWithTheSameBits) {
  for (const ActivationOptions& activation : slopes()) {
    for (const ConvShape& s : shapes())
      expect_equal_bits(detail::conv2d_input_map(noise(s.y(), 1.7), noise(s.weight(), 0.3), node_of(s)),
                        noise(s.x(), 0.9), activation);
    const Shape result{200, 150};
    expect_equal_bits(matmul(noise({200, 600}, 1.1), noise({150, 600}, 0.7), {.transpose_b = true}), noise(result, 0.9),
                      activation);
    expect_equal_bits(matmul(noise({600, 200}, 1.1), noise({600, 150}, 0.7), {.transpose_a = true}), noise(result, 0.9),
                      activation);
  }
}

}  // namespace
}  // namespace betwixt::ops_test
