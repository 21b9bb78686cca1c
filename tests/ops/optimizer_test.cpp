// SPDX-License-Identifier: MIT
#include "betwixt/ops/optimizer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "betwixt/cpu/cpu_device.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/fill.h"
#include "betwixt/ops/gradient.h"
#include "betwixt/ops/gradient_clip.h"
#include "betwixt/ops/unary.h"
#include "betwixt/tensor/program.h"
#include "tests/ops/support/check_op.h"

namespace betwixt::ops_test {
namespace {

InputSpec number(double value) { return {.shape = {1}, .values = listed({value})}; }
InputSpec step_input(std::uint32_t step) {
  return {.shape = {1}, .dtype = DType::kU32, .values = listed({static_cast<double>(step)})};
}

std::vector<Shape> shapes() { return {{1}, {3}, {127}, {1000}, {3, 5, 7}, {200003}}; }

/// p, g, learning rate, enable[, buffer].
Values sgd_oracle(const SgdOptions& o, const Values& in) {
  Values out{in[0]};
  if (o.momentum != 0) out.push_back(in[4]);
  if (in[3][0] == 0) return out;
  for (std::size_t i = 0; i < in[0].size(); ++i) {
    const double g = in[1][i] + o.weight_decay * in[0][i];
    double direction = g;
    if (o.momentum != 0) {
      out[1][i] = o.momentum * in[4][i] + g;
      direction = o.nesterov ? g + o.momentum * out[1][i] : out[1][i];
    }
    out[0][i] = in[0][i] - in[2][0] * direction;
  }
  return out;
}

OpCase sgd_case(const Shape& shape, const SgdOptions& o, double enable) {
  OpCase result{.options = shape.text() + " momentum " + std::to_string(o.momentum) + (o.nesterov ? " nesterov" : "") +
                           " decay " + std::to_string(o.weight_decay) + (enable != 0 ? "" : " disabled"),
                .inputs = {{.shape = shape}, {.shape = shape}, number(0.1), number(enable)},
                .oracle = [o](const Values& in) { return sgd_oracle(o, in); },
                .bound = ulps(4, 1e-6)};
  if (o.momentum != 0) result.inputs.push_back({.shape = shape});
  result.build = [o](const Tensors& in) {
    const SgdResult r = sgd_step(in[0], in[1], in.size() > 4 ? in[4] : Tensor(), in[2], o, in[3]);
    return r.buffer.defined() ? Tensors{r.parameters, r.buffer} : Tensors{r.parameters};
  };
  return result;
}

std::vector<OpCase> sgd_cases() {
  std::vector<OpCase> cases;
  for (const Shape& shape : shapes()) cases.push_back(sgd_case(shape, {.momentum = 0.9}, 1));
  for (const double enable : {0.0, 1.0}) {
    cases.push_back(sgd_case({301}, {}, enable));
    cases.push_back(sgd_case({301}, {.weight_decay = 0.1}, enable));
    cases.push_back(sgd_case({301}, {.momentum = 0.9, .nesterov = true, .weight_decay = 0.1}, enable));
  }
  return cases;
}

/// p, g, m, v, step, learning rate, enable; straight from the paper.
Values adam_oracle(const AdamOptions& o, const Values& in) {
  Values out{in[0], in[2], in[3]};
  if (in[6][0] == 0) return out;
  const double t = in[4][0] + 1;
  for (std::size_t i = 0; i < in[0].size(); ++i) {
    const double g = in[1][i] + (o.decoupled ? 0 : o.weight_decay * in[0][i]);
    out[1][i] = o.beta1 * in[2][i] + (1 - o.beta1) * g;
    out[2][i] = o.beta2 * in[3][i] + (1 - o.beta2) * g * g;
    const double m = out[1][i] / (1 - std::pow(o.beta1, t));
    const double v = out[2][i] / (1 - std::pow(o.beta2, t));
    const double kept = o.decoupled ? in[0][i] * (1 - in[5][0] * o.weight_decay) : in[0][i];
    out[0][i] = kept - in[5][0] * m / (std::sqrt(v) + o.epsilon);
  }
  return out;
}

OpCase adam_case(const Shape& shape, const AdamOptions& o, std::uint32_t step, double enable) {
  return {.options = shape.text() + " step " + std::to_string(step) + " decay " + std::to_string(o.weight_decay) +
                     (o.decoupled ? " decoupled" : "") + (enable != 0 ? "" : " disabled"),
          .inputs = {{.shape = shape},
                     {.shape = shape},
                     {.shape = shape},
                     {.shape = shape, .values = positive()},
                     step_input(step),
                     number(0.01),
                     number(enable)},
          .build =
              [o](const Tensors& in) {
                const AdamResult r = adam_step(in[0], in[1], in[2], in[3], in[4], in[5], o, in[6]);
                return Tensors{r.parameters, r.first_moment, r.second_moment};
              },
          .oracle = [o](const Values& in) { return adam_oracle(o, in); },
          .bound = ulps(8, 1e-6)};
}

std::vector<OpCase> adam_cases() {
  std::vector<OpCase> cases;
  for (const Shape& shape : shapes()) cases.push_back(adam_case(shape, {}, 5, 1));
  for (const double enable : {0.0, 1.0}) {
    cases.push_back(adam_case({301}, {}, 0, enable));
    cases.push_back(adam_case({301}, {.weight_decay = 0.3}, 12, enable));
    cases.push_back(adam_case(
        {301}, {.beta1 = 0.5, .beta2 = 0.9, .epsilon = 1e-3, .weight_decay = 0.3, .decoupled = true}, 100000, enable));
  }
  return cases;
}

std::vector<OpCase> ema_cases() {
  std::vector<OpCase> cases;
  for (const Shape& shape : shapes())
    for (const double decay : {0.0, 0.99, 1.0})
      cases.push_back({.options = shape.text() + " decay " + std::to_string(decay),
                       .inputs = {{.shape = shape}, {.shape = shape}},
                       .build = [decay](const Tensors& in) { return Tensors{ema_update(in[0], in[1], decay)}; },
                       .oracle =
                           [decay](const Values& in) {
                             Values out(1);
                             for (std::size_t i = 0; i < in[0].size(); ++i)
                               out[0].push_back(decay * in[0][i] + (1 - decay) * in[1][i]);
                             return out;
                           },
                       .bound = sum_of(2),
                       .exact_on_integers = false,
                       .differentiable = {0, 1},
                       .second_order = shape.elements() < 5000});
  return cases;
}

const Tensor kOne = fill(1, {1});

const OpRegistration sgd_entry({
    .name = "sgd_step",
    .ops = {"sgd_step"},
    .cases = sgd_cases,
    .refused = {{"gradient of another shape", ErrorCode::kShape, [] { sgd_step(zeros({3}), zeros({2}), {}, kOne); }},
                {"two rates", ErrorCode::kShape, [] { sgd_step(zeros({3}), zeros({3}), {}, zeros({2})); }},
                {"momentum", ErrorCode::kValue,
                 [] { sgd_step(zeros({3}), zeros({3}), zeros({3}), kOne, {.momentum = -1}); }},
                {"no buffer", ErrorCode::kArgument,
                 [] { sgd_step(zeros({3}), zeros({3}), {}, kOne, {.momentum = 0.9}); }},
                {"differentiation", ErrorCode::kUnsupported,
                 [] {
                   const Tensor p = zeros({3});
                   gradient(sgd_step(p, ones_like(p), {}, kOne).parameters, {p});
                 }}},
});
const OpRegistration adam_entry({
    .name = "adam_step",
    .ops = {"adam_step"},
    .cases = adam_cases,
    .refused = {{"moment of another shape", ErrorCode::kShape,
                 [] { adam_step(zeros({3}), zeros({3}), zeros({2}), zeros({3}), zeros({1}, DType::kU32), kOne); }},
                {"mixed types", ErrorCode::kDtype,
                 [] {
                   adam_step(zeros({3}), zeros({3}, DType::kF64), zeros({3}), zeros({3}), zeros({1}, DType::kU32),
                             kOne);
                 }},
                {"float step", ErrorCode::kDtype,
                 [] { adam_step(zeros({3}), zeros({3}), zeros({3}), zeros({3}), zeros({1}), kOne); }},
                {"beta of 1", ErrorCode::kValue,
                 [] {
                   adam_step(zeros({3}), zeros({3}), zeros({3}), zeros({3}), zeros({1}, DType::kU32), kOne,
                             {.beta1 = 1});
                 }}},
});
const OpRegistration ema_entry({
    .name = "ema_update",
    .ops = {"ema_update"},
    .cases = ema_cases,
    .refused = {{"other shape", ErrorCode::kShape, [] { ema_update(zeros({3}), zeros({2}), 0.9); }},
                {"decay", ErrorCode::kValue, [] { ema_update(zeros({3}), zeros({3}), 1.5); }}},
});

/// Minimises the sum of (p - target)^2 with parameters and moments in states.
class Bowl {
 public:
  Bowl(int size, bool guarded, const Tensor& poison = {})
      : device_(cpu_device()),
        p_(device_, "p", {Shape{size}, DType::kF32}),
        m_(device_, "m", p_.type()),
        v_(device_, "v", p_.type()),
        step_(device_, "step", {Shape{1}, DType::kU32}) {
    const Tensor p = read(p_);
    Tensor g = gradient(square(p - 1.0), {p})[0];
    if (poison.defined()) g = g + poison;
    const AdamResult r =
        adam_step(p, g, read(m_), read(v_), read(step_), fill(0.05, {1}), {}, guarded ? all_finite(g) : Tensor());
    program_ = Program(device_, {assign(p_, r.parameters), assign(m_, r.first_moment), assign(v_, r.second_moment),
                                 assign(step_, affine(read(step_), 1, 1))});
  }
  std::vector<float> after(std::int64_t steps) {
    program_.run(steps);
    return p_.values<float>();
  }

 private:
  Device device_;
  State p_, m_, v_, step_;
  Program program_;
};

TEST(Adam, ReachesTheMinimum) {
  for (const float p : Bowl(7, false).after(500)) EXPECT_NEAR(p, 1, 1e-3);
}

TEST(Adam, TheFirstStepIsTheRate) {
  for (const float p : Bowl(7, false).after(1)) EXPECT_FLOAT_EQ(p, 0.05f);
}

TEST(Adam, AGuardedStepWithNaNChangesNothing) {
  const Tensor poison = constant(std::vector<double>{0, 0, std::nan("")}, {3});
  EXPECT_EQ(Bowl(3, true, poison).after(3), (std::vector<float>{0, 0, 0}));
  const Tensor infinite = constant(std::vector<double>{std::numeric_limits<double>::infinity(), 0, 0}, {3});
  EXPECT_EQ(Bowl(3, true, infinite).after(3), (std::vector<float>{0, 0, 0}));
  EXPECT_TRUE(std::isnan(Bowl(3, false, poison).after(1)[2]));
}

}  // namespace
}  // namespace betwixt::ops_test
