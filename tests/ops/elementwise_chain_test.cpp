// SPDX-License-Identifier: MIT
// Elementwise ops that programs of the CPU run as one (lib/ops/detail/elementwise_chain.h).
#include <gtest/gtest.h>

#include <cmath>

#include "betwixt/cpu/cpu_device.h"
#include "betwixt/ops/activation_grad.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/fill.h"
#include "betwixt/ops/gradient.h"
#include "betwixt/ops/reduce.h"
#include "betwixt/ops/unary.h"
#include "betwixt/tensor/program.h"
#include "tests/ops/support/filled_state.h"
#include "tests/ops/support/fused.h"

namespace betwixt::ops_test {
namespace {

/// Four blocks and a rest.
const Shape kShape{9, 1031};

using Function = double (*)(double a, double b, double c);

/// Ops over a and b of kShape and a number c: `build` gives the last op and the one it is computed from.
OpCase chain_case(const char* name, std::pair<Tensor, Tensor> (*build)(const Tensors&), Function value,
                  Function magnitude) {
  const auto over = [](Function f) {
    return [f](const Values& in) {
      Values out(1);
      for (std::size_t i = 0; i < in[0].size(); ++i) out[0].push_back(f(in[0][i], in[1][i], in[2][0]));
      return out;
    };
  };
  OpCase c;
  c.options = name;
  c.inputs = {{.shape = kShape}, {.shape = kShape}, {.shape = {1}}};
  c.build = [build](const Tensors& in) {
    const auto [last, before] = build(in);
    return fused(last, before);
  };
  c.oracle = over(value);
  c.magnitude = over(magnitude);
  c.bound = sum_of(4);
  c.exact_on_integers = false;
  return c;
}

std::vector<OpCase> chain_cases() {
  return {
      chain_case(
          "unary",
          [](const Tensors& in) {
            const Tensor before = in[0] * 0.5 + (in[1] - in[1]);
            return std::pair(tanh(before), before);
          },
          [](double a, double, double) { return std::tanh(a * 0.5); },
          [](double, double b, double) { return 2 + 2 * std::abs(b); }),
      chain_case(
          "with a number",
          [](const Tensors& in) {
            const Tensor before = in[0] + in[1];
            return std::pair(before * in[2], before);
          },
          [](double a, double b, double c) { return (a + b) * c; },
          [](double a, double b, double c) { return (std::abs(a) + std::abs(b)) * std::abs(c); }),
      chain_case(
          "twice",
          [](const Tensors& in) {
            const Tensor before = in[0] * in[2] - in[1];
            return std::pair(before * before, before);
          },
          [](double a, double b, double c) { return std::pow(a * c - b, 2); },
          [](double a, double b, double c) { return 4 * std::pow(std::abs(a * c) + std::abs(b), 2); }),
      chain_case(
          "choice",
          [](const Tensors& in) {
            const Tensor before = less(in[0], in[1]);
            return std::pair(where(before, in[0], in[1]), before);
          },
          [](double a, double b, double) { return std::min(a, b); },
          [](double a, double b, double) { return std::abs(a) + std::abs(b); }),
      chain_case(
          "slope",
          [](const Tensors& in) {
            const Tensor before = in[0] * in[2];
            return std::pair(activation_grad(before, in[1], {Activation::kTanh}), before);
          },
          [](double a, double b, double c) { return a * c * (1 - b * b); },
          [](double a, double b, double c) { return std::abs(a * c) * (1 + b * b); }),
  };
}

const OpRegistration chain_entry({.name = "elementwise_chain", .ops = {"elementwise_chain"}, .cases = chain_cases});

/// Ten ops, one after the other.
Tensors ten_ops(const Tensor& a, const Tensor& b) {
  Tensors steps{a * 1.5};
  steps.push_back(steps.back() + b);
  steps.push_back(sigmoid(steps.back()));
  steps.push_back(steps.back() * steps.back());
  steps.push_back(maximum(steps.back(), a));
  steps.push_back(exp(steps.back()));
  steps.push_back(steps.back() - a);
  steps.push_back(leaky_relu(steps.back(), 0.2));
  steps.push_back(steps.back() / (b * b + 1.0));
  steps.push_back(tanh(steps.back()));
  return steps;
}

TEST(ElementwiseChain, HasTheBitsOfItsOps) {
  for (const Isa isa : available_isas())
    for (const int threads : {1, 2, 5}) {
      const Device device = cpu_device({.threads = threads, .isa = isa});
      const State a = filled(device, {37, 1013}, 1);
      const State b = filled(device, {37, 1013}, 2);
      const Tensors steps = ten_ops(read(a), read(b));
      Program joined(device, {steps.back()});
      Program apart(device, steps);  // every one is wanted, so none can disappear
      EXPECT_LT(2 * joined.call_count(), apart.call_count());
      joined.run();
      apart.run();
      EXPECT_EQ(joined.values<float>(), apart.values<float>(static_cast<int>(steps.size()) - 1))
          << isa_name(isa) << ", " << threads << " threads";
    }
}

TEST(ElementwiseChain, NeedsNoMemoryBetweenItsOps) {
  const Device device = cpu_device({.threads = 1});
  const State a = filled(device, {256, 1024}, 1);
  const Tensors steps = ten_ops(read(a), read(a));
  EXPECT_LT(Program(device, {steps.back()}, {.alias = false}).peak_bytes(), 4u << 20);
}

TEST(ElementwiseChain, UpdatesAStateInItsPlace) {
  const Device device = cpu_device({.threads = 2});
  const State weights = filled(device, {40000}, 1);
  const State gradient = filled(device, {40000}, 2);
  const Tensor w = read(weights);
  const Tensor next = assign(weights, w - (read(gradient) + w * 0.01) * 0.1);
  std::vector<std::vector<float>> results;
  const std::vector<float> start = weights.values<float>();
  for (const bool alias : {true, false}) {
    weights.write(start);
    Program program(device, {next}, {.alias = alias});
    program.run(3);
    results.push_back(weights.values<float>());
  }
  EXPECT_EQ(results[0], results[1]);
  const double w0 = start[1], g = gradient.values<float>()[1];
  double expected = w0;
  for (int i = 0; i < 3; ++i) expected -= (g + expected * 0.01) * 0.1;
  EXPECT_NEAR(results[0][1], expected, 1e-6);
}

TEST(ElementwiseChain, LeavesAloneWhatSomebodyElseReads) {
  const Device device = cpu_device({.threads = 1});
  const State a = filled(device, {64, 1024}, 1);
  const Tensor middle = exp(read(a) * 0.5);
  const Tensor end = tanh(middle + 1.0);
  Program program(device, {sum(middle, {0, 1}, false), end});
  program.run();
  Program alone(device, {end});
  alone.run();
  EXPECT_EQ(program.values<float>(1), alone.values<float>());
}

}  // namespace
}  // namespace betwixt::ops_test
