// SPDX-License-Identifier: MIT
// Ops of the GPU that stand for two which read a common tensor, and the loss that takes a derivative along.
#include <gtest/gtest.h>

#include "betwixt/ops/activation_grad.h"
#include "betwixt/ops/detail/conv2d_options.h"
#include "betwixt/ops/fill.h"
#include "betwixt/ops/gradient.h"
#include "betwixt/ops/losses.h"
#include "betwixt/ops/matmul.h"
#include "tests/ops/support/fused.h"

namespace betwixt::ops_test {
namespace {

std::vector<ConvShape> enlarged_shapes() {
  std::vector<ConvShape> shapes;
  struct Kind {
    int factor;
    std::int64_t kernel;
    int padding;
    std::int64_t in, out;
  };
  for (const Kind& k : {Kind{2, 3, 1, 3, 5}, Kind{2, 4, 2, 4, 8}, Kind{2, 1, 0, 5, 1}, Kind{2, 2, 1, 1, 4},
                        Kind{3, 3, 1, 2, 3}, Kind{3, 4, 0, 4, 4}, Kind{5, 3, 2, 1, 2}})
    shapes.push_back({.batch = 2,
                      .height = 4,
                      .width = 5,
                      .in = k.in,
                      .out = k.out,
                      .kernel_height = k.kernel,
                      .kernel_width = k.padding == 2 ? 3 : k.kernel,
                      .options = {.padding = k.padding, .upsample = k.factor}});
  shapes.push_back({.height = 3, .width = 7, .in = 4, .out = 5, .options = {.padding = {0, 2, 1, 0}, .upsample = 2}});
  shapes.push_back(
      {.batch = 2, .height = 17, .width = 19, .in = 33, .out = 17, .options = {.padding = 1, .upsample = 2}});
  return shapes;
}

/// The convolution and the gradient in its picture of another tensor, times a derivative where `activation` has one.
OpCase folding_case(const ConvShape& s, const ActivationOptions& activation) {
  const bool slope = activation.kind != Activation::kNone;
  OpCase c;
  c.options = s.x().text() + " enlarged " + std::to_string(s.options.upsample) + " times * " + s.weight().text() + " " +
              activation_name(activation.kind);
  c.inputs = {{.shape = s.x()}, {.shape = s.weight()}, {.shape = {s.out}}, {.shape = s.y()}};
  if (slope) c.inputs.push_back({.shape = s.x(), .values = away_from_zero()});
  c.build = [s, slope, activation](const Tensors& in) {
    const Tensor y = conv2d(in[0], in[1], in[2], s.options);
    const Tensor dx = detail::conv2d_input_map(in[3], in[1], y.node().options<Conv2dNode>());
    return fused_pair(y, slope ? fused(activation_grad(dx, in[4], activation), dx)[0] : dx);
  };
  c.oracle = [s, slope, activation](const Values& in) {
    const std::vector<double> dx = conv_input_gradient(s, in[3], in[1]);
    return Values{finish(conv_products(s, in[0], in[1]), in[2], {})[0],
                  slope ? times_slope(dx, in[4], activation, false)[0] : dx};
  };
  c.magnitude = [s, slope, activation](const Values& in) {
    const std::vector<double> w = absolute(in[1]);
    const std::vector<double> dx = conv_input_gradient(s, absolute(in[3]), w);
    return Values{finish_magnitude(conv_products(s, absolute(in[0]), w), in[2], {})[0],
                  slope ? times_slope(dx, in[4], activation, true)[0] : dx};
  };
  c.bound = sum_of(static_cast<double>(s.kernel_height * s.kernel_width * std::max(s.in, s.out) * s.options.upsample));
  return c;
}

std::vector<OpCase> folding_cases(bool slope) {
  std::vector<OpCase> cases;
  for (const ConvShape& s : enlarged_shapes())
    cases.push_back(folding_case(s, slope ? slopes()[cases.size() % slopes().size()] : ActivationOptions()));
  return cases;
}

struct Layer {
  std::int64_t batch, in, out;
};

Values weight_and_bias(const Layer& layer, const std::vector<double>& x, const std::vector<double>& dy) {
  Values result(2);
  result[0].resize(static_cast<std::size_t>(layer.in * layer.out));
  result[1].resize(static_cast<std::size_t>(layer.out));
  for (std::int64_t n = 0; n < layer.batch; ++n)
    for (std::int64_t o = 0; o < layer.out; ++o) {
      const double g = dy[static_cast<std::size_t>(n * layer.out + o)];
      result[1][static_cast<std::size_t>(o)] += g;
      for (std::int64_t i = 0; i < layer.in; ++i)
        result[0][static_cast<std::size_t>(i * layer.out + o)] += x[static_cast<std::size_t>(n * layer.in + i)] * g;
    }
  return result;
}

std::vector<OpCase> dense_cases() {
  std::vector<OpCase> cases;
  for (const Layer& layer :
       {Layer{1, 1, 1}, Layer{3, 5, 7}, Layer{16, 2, 64}, Layer{16, 64, 2}, Layer{129, 37, 65}, Layer{2053, 8, 12}}) {
    OpCase c;
    c.options = std::to_string(layer.batch) + "x" + std::to_string(layer.in) + "x" + std::to_string(layer.out);
    c.inputs = {{.shape = {layer.batch, layer.in}}, {.shape = {layer.batch, layer.out}}};
    c.build = [](const Tensors& in) {
      return fused_pair(matmul(in[0], in[1], {.transpose_a = true}), detail::channel_sum(in[1]));
    };
    c.oracle = [layer](const Values& in) { return weight_and_bias(layer, in[0], in[1]); };
    c.magnitude = [layer](const Values& in) { return weight_and_bias(layer, absolute(in[0]), absolute(in[1])); };
    c.bound = sum_of(static_cast<double>(layer.batch));
    cases.push_back(c);
  }
  return cases;
}

OpCase loss_case(std::int64_t count, const ActivationOptions& activation) {
  const auto result = [count, activation](const Values& in, bool magnitude) {
    std::vector<double> dx;
    for (std::int64_t i = 0; i < count; ++i) {
      const auto at = static_cast<std::size_t>(i);
      const double distance = magnitude ? std::abs(in[0][at]) + std::abs(in[1][at]) : in[0][at] - in[1][at];
      dx.push_back(distance * 2 / static_cast<double>(count) * (magnitude ? std::abs(in[2][0]) : in[2][0]));
    }
    return times_slope(dx, in[0], activation, magnitude);
  };
  OpCase c;
  c.options = std::to_string(count) + " " + activation_name(activation.kind);
  c.inputs = {{.shape = {count}, .values = away_from_zero()}, {.shape = {count}}, {.shape = {}}};
  c.build = [activation](const Tensors& in) {
    const Tensor loss = mse_loss(in[0], in[1]);
    const Tensor dx = gradient(loss, std::vector<Tensor>{in[0]}, in[2])[0];
    return fused(activation_grad(dx, in[0], activation), dx);
  };
  c.oracle = [result](const Values& in) { return result(in, false); };
  c.magnitude = [result](const Values& in) { return result(in, true); };
  c.bound = sum_of(4);
  c.exact_on_integers = false;
  return c;
}

std::vector<OpCase> loss_cases() {
  std::vector<OpCase> cases;
  for (const std::int64_t count : {1, 3, 4, 127, 1031})
    for (const ActivationOptions& activation : slopes()) cases.push_back(loss_case(count, activation));
  return cases;
}

const OpRegistration folding_entry({.name = "conv2d_folding", .ops = {"conv2d_folding"}, .cases = [] {
                                      return folding_cases(false);
                                    }});
const OpRegistration slope_entry({.name = "conv2d_activation_grad", .ops = {"conv2d_activation_grad"}, .cases = [] {
                                    return folding_cases(true);
                                  }});
const OpRegistration dense_entry({.name = "matmul_sums", .ops = {"matmul_sums"}, .cases = dense_cases});
const OpRegistration loss_entry({.name = "mse_loss_grad_activation",
                                 .ops = {"mse_loss_grad_activation"},
                                 .cases = loss_cases});

}  // namespace
}  // namespace betwixt::ops_test
