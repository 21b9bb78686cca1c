// SPDX-License-Identifier: MIT
#include "betwixt/ops/softmax.h"

#include <algorithm>
#include <cmath>

#include "betwixt/ops/fill.h"
#include "tests/ops/support/check_op.h"

namespace betwixt::ops_test {
namespace {

Values oracle(const Shape& shape, int axis, bool log, const std::vector<double>& x) {
  const int along = shape.axis(axis);
  const std::int64_t stride = shape.product(along + 1, shape.rank());
  std::vector<double> out(x.size());
  for_each_index(shape, [&](const std::int64_t* index, std::int64_t flat) {
    const std::int64_t first = flat - index[along] * stride;
    double largest = -HUGE_VAL;
    for (std::int64_t i = 0; i < shape[along]; ++i)
      largest = std::max(largest, x[static_cast<std::size_t>(first + i * stride)]);
    double total = 0;
    for (std::int64_t i = 0; i < shape[along]; ++i)
      total += std::exp(x[static_cast<std::size_t>(first + i * stride)] - largest);
    const double shifted = x[static_cast<std::size_t>(flat)] - largest;
    out[static_cast<std::size_t>(flat)] = log ? shifted - std::log(total) : std::exp(shifted) / total;
  });
  return {out};
}

std::vector<OpCase> cases(bool log) {
  std::vector<OpCase> all;
  struct Along {
    Shape shape;
    int axis;
  };
  for (const Along& a : std::vector<Along>{{{1}, 0},
                                           {{13}, -1},
                                           {{3, 131}, 1},
                                           {{3, 5, 7}, 0},
                                           {{3, 5, 7}, 1},
                                           {{2, 7, 67}, 1},
                                           {{0, 3}, 1},
                                           {{701, 103}, -1}})
    for (const double offset : {0.0, 1000.0})
      all.push_back(
          {.options = a.shape.text() + " axis " + std::to_string(a.axis) + (offset > 0 ? " around 1000" : ""),
           .inputs = {{.shape = a.shape, .values = uniform(offset - 4, offset + 4)}},
           .build =
               [=](const Tensors& in) { return Tensors{log ? log_softmax(in[0], a.axis) : softmax(in[0], a.axis)}; },
           .oracle = [=](const Values& in) { return oracle(a.shape, a.axis, log, in[0]); },
           // exp, a sum of positive terms, its reciprocal and a product; x - max is exact to half a unit of
           // a number up to 8, which exp turns into up to 4 units of its result.
           .bound = log ? ulps(4, 6e-7) : ulps(12),
           .differentiable = {0},
           .gradient_rtol = offset > 0 ? 1e-5 : 1e-6});
  return all;
}

const OpRegistration softmax_entry({.name = "softmax",
                                    .ops = {"softmax"},
                                    .cases = [] { return cases(false); },
                                    .refused = {
                                        {"axis", ErrorCode::kShape, [] { softmax(zeros({2}), 1); }},
                                        {"empty", ErrorCode::kShape,
                                         [] {
                                           softmax(zeros({2, 0}));
                                         }},
                                        {"integers", ErrorCode::kDtype, [] { softmax(zeros({2}, DType::kI32)); }}}});
const OpRegistration log_softmax_entry({.name = "log_softmax",
                                        .ops = {"log_softmax"},
                                        .cases = [] { return cases(true); },
                                        .refused = {{"empty", ErrorCode::kShape, [] {
                                                       log_softmax(zeros({2, 0}));
                                                     }}}});

}  // namespace
}  // namespace betwixt::ops_test
