// SPDX-License-Identifier: MIT
#include "betwixt/ops/unary.h"

#include <cmath>
#include <limits>

#include "betwixt/ops/fill.h"
#include "tests/ops/support/check_op.h"

namespace betwixt::ops_test {
namespace {

struct Function {
  const char* options;
  Tensor (*apply)(const Tensor&);
  double (*oracle)(double);
  Generator values;
  Bound bound;
  bool differentiable = true;
};

std::vector<OpCase> cases_of(const Function& f) {
  std::vector<OpCase> cases;
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{127}, Shape{3, 5, 7}, Shape{0}, Shape{70001}})
    cases.push_back({.options = std::string(f.options) + shape.text(),
                     .inputs = {{.shape = shape, .values = f.values}},
                     .build = [f](const Tensors& in) { return Tensors{f.apply(in[0])}; },
                     .oracle = [f](const Values& in) { return map(in[0], f.oracle); },
                     .bound = f.bound,
                     .differentiable = f.differentiable ? std::vector<int>{0} : std::vector<int>{}});
  return cases;
}

/// One entry for an op of one input, with the refusal of integers.
OpEntry entry(const char* name, const Function& f) {
  return {.name = name,
          .ops = {name},
          .cases = [f] { return cases_of(f); },
          .refused = {{"integers", ErrorCode::kDtype, [f] { f.apply(zeros({3}, DType::kI32)); }},
                      {"undefined", ErrorCode::kArgument, [f] { f.apply(Tensor()); }}}};
}

double sigmoid_oracle(double x) { return 1 / (1 + std::exp(-x)); }

const OpRegistration neg_entry(entry("neg", {"", neg, [](double x) { return -x; }, uniform(), exact()}));
const OpRegistration abs_entry(entry("abs",
                                     {"", abs, [](double x) { return std::abs(x); }, away_from_zero(), exact()}));
const OpRegistration sign_entry(entry("sign", {"", sign, [](double x) { return double((x > 0) - (x < 0)); }, integers(),
                                               exact(), false}));
const OpRegistration square_entry(entry("square", {"", square, [](double x) { return x * x; }, uniform(), ulps(0.5)}));
const OpRegistration sqrt_entry(entry("sqrt",
                                      {"", sqrt, [](double x) { return std::sqrt(x); }, positive(), ulps(0.5)}));
const OpRegistration rsqrt_entry(entry("rsqrt",
                                       {"", rsqrt, [](double x) { return 1 / std::sqrt(x); }, positive(), ulps(1.5)}));
const OpRegistration reciprocal_entry(entry("reciprocal",
                                            {"", reciprocal, [](double x) { return 1 / x; }, positive(), ulps(0.5)}));
const OpRegistration exp_entry(entry("exp", {"", exp, [](double x) { return std::exp(x); }, uniform(-4, 4), ulps(1)}));
const OpRegistration log_entry(entry("log", {"", log, [](double x) { return std::log(x); }, uniform(0.3, 9), ulps(1)}));
const OpRegistration sin_entry(entry("sin",
                                     {"", sin, [](double x) { return std::sin(x); }, uniform(-30, 30), ulps(1, 1e-7)}));
const OpRegistration cos_entry(entry("cos",
                                     {"", cos, [](double x) { return std::cos(x); }, uniform(-30, 30), ulps(1, 1e-7)}));
const OpRegistration tanh_entry(entry("tanh",
                                      {"", tanh, [](double x) { return std::tanh(x); }, uniform(-4, 4), ulps(2)}));
const OpRegistration sigmoid_entry(entry("sigmoid", {"", sigmoid, sigmoid_oracle, uniform(-8, 8), ulps(3)}));
const OpRegistration softplus_entry(entry("softplus", {"", softplus, [](double x) { return std::log1p(std::exp(x)); },
                                                       uniform(-8, 8), ulps(3)}));
const OpRegistration relu_entry(entry("relu", {"", relu, [](double x) { return std::max(x, 0.0); }, away_from_zero(),
                                               exact()}));
// exp(x) - 1 in plain arithmetic: near 0 its error is that of a number near 1.
const OpRegistration elu_entry(entry("elu", {"", elu, [](double x) { return x > 0 ? x : std::expm1(x); },
                                             away_from_zero(), ulps(2, 1.2e-7)}));

const OpRegistration leaky_entry(entry("leaky_relu",
                                       {"slope 0.25 ", [](const Tensor& x) { return leaky_relu(x, 0.25); },
                                        [](double x) { return x >= 0 ? x : 0.25 * x; }, away_from_zero(), exact()}));

std::vector<OpCase> silu_cases() {
  return cases_of({"silu ", silu, [](double x) { return x * sigmoid_oracle(x); }, uniform(-8, 8), ulps(4)});
}
const OpRegistration silu_entry({.name = "silu", .ops = {"sigmoid", "mul"}, .cases = silu_cases});

// Away from the limits, where the slope jumps; the listed values reach beyond both.
const OpRegistration clamp_entry(entry("clamp", {"[-0.5, 0.75] ", [](const Tensor& x) { return clamp(x, -0.5, 0.75); },
                                                 [](double x) { return std::min(std::max(x, -0.5), 0.75); },
                                                 listed({-2, -0.7, -0.4, 0, 0.3, 0.7, 0.9, 5}), exact()}));

std::vector<OpCase> affine_cases() {
  std::vector<OpCase> cases;
  for (const Shape& shape : {Shape{}, Shape{127}, Shape{3, 5, 7}, Shape{70001}})
    cases.push_back(
        {.options = "0.75 x - 1.5 " + shape.text(),
         .inputs = {{.shape = shape}},
         .build = [](const Tensors& in) { return Tensors{affine(in[0], 0.75, -1.5)}; },
         .oracle = [](const Values& in) { return map(in[0], [](double x) { return 0.75 * x - 1.5; }); },
         .bound = sum_of(2),
         .magnitude = [](const Values& in) { return map(in[0], [](double x) { return 0.75 * std::abs(x) + 1.5; }); },
         .differentiable = {0}});
  cases.push_back({.options = "3 x - 2 i32",
                   .inputs = {{.shape = {13}, .dtype = DType::kI32, .values = integers(-99, 99)}},
                   .build = [](const Tensors& in) { return Tensors{affine(in[0], 3, -2)}; },
                   .oracle = [](const Values& in) { return map(in[0], [](double x) { return 3 * x - 2; }); }});
  return cases;
}
const OpRegistration affine_entry(
    {.name = "affine", .ops = {"affine"}, .cases = affine_cases, .refused = {{"u8", ErrorCode::kDtype, [] {
                                                                                affine(zeros({3}, DType::kU8), 1, 0);
                                                                              }}}});

double nearest_even(double x) { return std::nearbyint(x); }

double saturated(double x, DType to) {
  switch (to) {
    case DType::kU8:
      return std::min(std::max(nearest_even(x), 0.0), 255.0);
    case DType::kI32:
      return std::min(std::max(nearest_even(x), -2147483648.0), 2147483647.0);
    case DType::kU32:
      return std::min(std::max(nearest_even(x), 0.0), 4294967295.0);
    default:
      return x;
  }
}

std::vector<OpCase> cast_cases() {
  std::vector<OpCase> cases;
  const std::vector<double> hard = {-3e9, -1, -0.5, 0, 0.5, 1.5, 2.5, 254.6, 300, 3e9, 5e9, 77.25};
  // Sixteen bytes fill their memory but not a workgroup.
  for (const std::int64_t size : {13, 16})
    for (const DType to : {DType::kU8, DType::kI32, DType::kU32})
      cases.push_back(
          {.options = "f32 to " + std::string(dtype_name(to)) + " " + Shape{size}.text(),
           .inputs = {{.shape = {size}, .values = listed(hard)}},
           .build = [to](const Tensors& in) { return Tensors{cast(in[0], to)}; },
           .oracle = [to](const Values& in) { return map(in[0], [to](double x) { return saturated(x, to); }); }});
  for (const Shape& shape : {Shape{5, 13}, Shape{16}})
    for (const DType from : {DType::kU8, DType::kI32, DType::kU32})
      cases.push_back({.options = std::string(dtype_name(from)) + " to f32 " + shape.text(),
                       .inputs = {{.shape = shape, .dtype = from, .values = integers(0, 255)}},
                       .build = [](const Tensors& in) { return Tensors{cast(in[0], DType::kF32)}; },
                       .oracle = [](const Values& in) { return Values{in[0]}; }});
  cases.push_back(
      {.options = "i32 to u8",
       .inputs = {{.shape = {70001}, .dtype = DType::kI32, .values = integers(-300, 600)}},
       .build = [](const Tensors& in) { return Tensors{cast(in[0], DType::kU8)}; },
       .oracle = [](const Values& in) { return map(in[0], [](double x) { return saturated(x, DType::kU8); }); }});
  return cases;
}
// The gradient between float types is covered where f64 exists: the CPU.
std::vector<OpCase> widening_cases() {
  return {{.options = "to f64 and back",
           .inputs = {{.shape = {13}}},
           .build = [](const Tensors& in) { return Tensors{square(cast(in[0], DType::kF64))}; },
           .oracle = [](const Values& in) { return map(in[0], [](double x) { return x * x; }); },
           .bound = ulps(1),
           .differentiable = {0}}};
}
const OpRegistration cast_entry({.name = "cast", .ops = {"cast"}, .cases = cast_cases});
const OpRegistration widening_entry({.name = "cast_f64", .ops = {"cast"}, .cases = widening_cases});

}  // namespace
}  // namespace betwixt::ops_test
