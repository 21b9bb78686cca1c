// SPDX-License-Identifier: MIT
#include "betwixt/ops/fill.h"

#include "betwixt/ops/binary.h"
#include "betwixt/ops/gradient.h"
#include "betwixt/ops/unary.h"
#include "tests/ops/support/check_op.h"

namespace betwixt::ops_test {
namespace {

std::vector<OpCase> fill_cases() {
  std::vector<OpCase> cases;
  for (const DType dtype : {DType::kF32, DType::kU8, DType::kI32, DType::kU32})
    cases.push_back({.options = dtype_name(dtype),
                     .build =
                         [dtype](const Tensors&) {
                           return Tensors{fill(3, Shape{5, 13}, dtype)};
                         },
                     .oracle = [](const Values&) { return Values{std::vector<double>(65, 3.0)}; }});
  cases.push_back({.options = "used twice",
                   .inputs = {{.shape = {7}}},
                   .build =
                       [](const Tensors& in) {
                         const Tensor half = fill(0.5, Shape{7}, in[0].dtype());
                         return Tensors{in[0] * half, half};
                       },
                   .oracle =
                       [](const Values& in) {
                         return Values{map(in[0], [](double x) { return x / 2; })[0], std::vector<double>(7, 0.5)};
                       },
                   .differentiable = {0}});
  return cases;
}

std::vector<OpCase> constant_cases() {
  std::vector<OpCase> cases;
  for (const DType dtype : {DType::kF32, DType::kU8, DType::kI32, DType::kU32})
    cases.push_back({.options = dtype_name(dtype),
                     .build =
                         [dtype](const Tensors&) {
                           return Tensors{constant(std::vector<double>{1, 2, 3, 4, 5, 6}, Shape{2, 3}, dtype)};
                         },
                     .oracle =
                         [](const Values&) {
                           return Values{{1, 2, 3, 4, 5, 6}};
                         }});
  return cases;
}

std::vector<OpCase> stop_cases() {
  return {{.options = "x * stop(x)",
           .inputs = {{.shape = {13}}},
           .build = [](const Tensors& in) { return Tensors{stop_gradient(in[0])}; },
           .oracle = [](const Values& in) { return Values{in[0]}; }}};
}

// A rule that states the true gradient must agree with differences.
std::vector<OpCase> custom_cases() {
  return {{.options = "square",
           .inputs = {{.shape = {13}}},
           .build =
               [](const Tensors& in) {
                 const Tensor forward = in[0] * in[0];
                 return Tensors{custom_gradient(forward, {in[0]},
                                                [](std::span<const Tensor> inputs, const Tensor&, const Tensor& g) {
                                                  return std::vector<Tensor>{g * inputs[0] * 2.0};
                                                })};
               },
           .oracle = [](const Values& in) { return map(in[0], [](double x) { return x * x; }); },
           .bound = ulps(0.5),
           .differentiable = {0}}};
}

const OpRegistration fill_entry({.name = "fill",
                                 .ops = {"fill"},
                                 .cases = fill_cases,
                                 .refused = {{"f16", ErrorCode::kDtype, [] { fill(1, Shape{2}, DType::kF16); }}}});
const OpRegistration constant_entry({.name = "constant",
                                     .ops = {"constant"},
                                     .cases = constant_cases,
                                     .refused = {{"count", ErrorCode::kShape, [] {
                                                    constant(std::vector<double>{1, 2}, Shape{3});
                                                  }}}});
const OpRegistration stop_entry({.name = "stop_gradient", .ops = {"stop_gradient"}, .cases = stop_cases});
const OpRegistration custom_entry({.name = "custom_gradient", .ops = {"custom_gradient"}, .cases = custom_cases});

}  // namespace
}  // namespace betwixt::ops_test
