// SPDX-License-Identifier: MIT
#include "betwixt/ops/activation_grad.h"

#include <gtest/gtest.h>

#include "betwixt/ops/fill.h"
#include "tests/ops/support/check_op.h"
#include "tests/ops/support/conv_oracle.h"

namespace betwixt::ops_test {
namespace {

std::vector<OpCase> activation_grad_cases() {
  std::vector<OpCase> cases;
  for (const Activation kind : {Activation::kRelu, Activation::kLeakyRelu, Activation::kSigmoid, Activation::kTanh}) {
    const ActivationOptions activation{kind, 0.25f};
    OpCase c;
    c.options = activation_name(kind);
    c.inputs = {{.shape = {3, 17}}, {.shape = {3, 17}, .values = away_from_zero()}};
    c.build = [activation](const Tensors& in) { return Tensors{activation_grad(in[0], in[1], activation)}; };
    c.oracle = [activation](const Values& in) {
      std::vector<double> out;
      for (std::size_t i = 0; i < in[0].size(); ++i) out.push_back(in[0][i] * activation_slope(in[1][i], activation));
      return Values{out};
    };
    c.bound = ulps(3, 1e-6);
    c.differentiable = {0, 1};
    cases.push_back(c);
  }
  return cases;
}

const OpRegistration activation_grad_entry({
    .name = "activation_grad",
    .ops = {"activation_grad"},
    .cases = activation_grad_cases,
    .refused = {{"shapes", ErrorCode::kShape, [] { activation_grad(fill(0, {2}), fill(0, {3}), {Activation::kRelu}); }},
                {"integers", ErrorCode::kDtype,
                 [] { activation_grad(fill(0, {2}, DType::kI32), fill(0, {2}, DType::kI32), {Activation::kRelu}); }}},
});

}  // namespace
}  // namespace betwixt::ops_test
