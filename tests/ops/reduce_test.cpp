// SPDX-License-Identifier: MIT
#include "betwixt/ops/reduce.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "betwixt/ops/fill.h"
#include "tests/ops/support/check_op.h"

namespace betwixt::ops_test {
namespace {

struct Reduction {
  Shape shape;
  std::vector<int> axes;
  bool keep = false;
};

std::string text(const Reduction& r) {
  std::string axes = r.axes.empty() ? " all" : " axes";
  for (const int axis : r.axes) axes += " " + std::to_string(axis);
  return r.shape.text() + axes + (r.keep ? " keep" : "");
}

std::vector<Reduction> reductions() {
  return {{{}, {}},
          {{1}, {0}},
          {{7}, {-1}, true},
          {{127}, {0}},
          {{3, 5, 7}, {}},
          {{3, 5, 7}, {}, true},
          {{3, 5, 7}, {1}},
          {{3, 5, 7}, {2, 0}, true},
          {{13, 3}, {0}},
          {{131, 67}, {0}},
          {{5, 1, 131}, {1}},
          {{3, 13, 7, 5}, {0, 1, 2}},
          {{3, 4, 5, 3, 2}, {0, 2, 4}},
          {{3, 4, 5, 3, 2}, {1, 3}, true},
          {{67, 67, 33}, {0, 1}},
          {{3, 60013}, {1}},
          {{150001}, {0}},
          {{2, 3, 30011}, {0, 2}}};
}

/// The flat result position of each element of `shape`.
std::vector<std::size_t> result_positions(const Reduction& r) {
  std::vector<bool> reduced(5, r.axes.empty());
  for (const int axis : r.axes) reduced[static_cast<std::size_t>(r.shape.axis(axis))] = true;
  std::vector<std::size_t> positions;
  for_each_index(r.shape, [&](const std::int64_t* index, std::int64_t) {
    std::size_t at = 0;
    for (int axis = 0; axis < r.shape.rank(); ++axis)
      if (!reduced[static_cast<std::size_t>(axis)])
        at = at * static_cast<std::size_t>(r.shape[axis]) + static_cast<std::size_t>(index[axis]);
    positions.push_back(at);
  });
  return positions;
}

Values fold(const Reduction& r, const std::vector<double>& x, double start, double (*join)(double, double)) {
  const std::vector<std::size_t> positions = result_positions(r);
  std::vector<double> out(1 + *std::max_element(positions.begin(), positions.end()), start);
  for (std::size_t i = 0; i < x.size(); ++i) out[positions[i]] = join(out[positions[i]], x[i]);
  return {out};
}

double plus(double a, double b) { return a + b; }
double larger(double a, double b) { return std::max(a, b); }
double smaller(double a, double b) { return std::min(a, b); }

double terms(const Reduction& r) {
  const Values ones = fold(r, std::vector<double>(static_cast<std::size_t>(r.shape.elements()), 1.0), 0, plus);
  return ones[0][0];
}

std::vector<OpCase> sum_cases() {
  std::vector<OpCase> cases;
  for (const Reduction& r : reductions())
    cases.push_back({.options = text(r),
                     .inputs = {{.shape = r.shape}},
                     .build = [r](const Tensors& in) { return Tensors{sum(in[0], r.axes, r.keep)}; },
                     .oracle = [r](const Values& in) { return fold(r, in[0], 0, plus); },
                     .bound = sum_of(terms(r)),
                     .differentiable = {0}});
  cases.push_back({.options = "i32",
                   .inputs = {{.shape = {5, 300}, .dtype = DType::kI32, .values = integers(-1000, 1000)}},
                   .build = [](const Tensors& in) { return Tensors{sum(in[0], {1})}; },
                   .oracle =
                       [](const Values& in) {
                         return fold({{5, 300}, {1}}, in[0], 0, plus);
                       }});
  cases.push_back({.options = "of nothing is 0",
                   .inputs = {{.shape = {3, 0}}},
                   .build = [](const Tensors& in) { return Tensors{sum(in[0], {1})}; },
                   .oracle =
                       [](const Values&) {
                         return Values{{0, 0, 0}};
                       }});
  for (const Reduction& r : reductions())
    cases.push_back({.options = "mean " + text(r),
                     .inputs = {{.shape = r.shape}},
                     .build = [r](const Tensors& in) { return Tensors{mean(in[0], r.axes, r.keep)}; },
                     .oracle =
                         [r](const Values& in) {
                           Values total = fold(r, in[0], 0, plus);
                           for (double& v : total[0]) v /= terms(r);
                           return total;
                         },
                     .bound = sum_of(terms(r)),
                     .exact_on_integers = false,
                     .differentiable = {0}});
  return cases;
}

template <class F>
std::vector<OpCase> extremum_cases(F f, double start, double (*join)(double, double)) {
  std::vector<OpCase> cases;
  for (const Reduction& r : reductions()) {
    // Beyond 4093 elements `distinct` repeats; the gradient of a tie cannot be found by differences.
    const bool ties = r.shape.elements() > 4093;
    cases.push_back({.options = text(r),
                     .inputs = {{.shape = r.shape, .values = distinct()}},
                     .build = [r, f](const Tensors& in) { return Tensors{f(in[0], r.axes, r.keep)}; },
                     .oracle = [r, start, join](const Values& in) { return fold(r, in[0], start, join); },
                     .differentiable = ties ? std::vector<int>{} : std::vector<int>{0}});
  }
  cases.push_back({.options = "u32",
                   .inputs = {{.shape = {13, 5}, .dtype = DType::kU32, .values = integers(0, 4000000)}},
                   .build = [f](const Tensors& in) { return Tensors{f(in[0], {0}, false)}; },
                   .oracle =
                       [start, join](const Values& in) {
                         return fold({{13, 5}, {0}}, in[0], start, join);
                       }});
  return cases;
}

template <class F>
std::vector<OpCase> arg_cases(F f, bool largest) {
  std::vector<OpCase> cases;
  // The last: results fill their memory, but not a workgroup.
  const std::vector<Reduction> shapes = {{{1}, {0}},        {{127}, {0}},       {{13, 7}, {0}},
                                         {{13, 7}, {1}},    {{3, 5, 131}, {1}}, {{3, 5, 131}, {-3}},
                                         {{300, 401}, {1}}, {{3, 1, 5}, {1}},   {{5, 48}, {0}}};
  const auto add = [&](const Reduction& r, DType dtype) {
    const Generator values = dtype == DType::kU32 ? integers(0, 9) : integers(-9, 9);
    cases.push_back({.options = text(r) + " " + dtype_name(dtype),
                     .inputs = {{.shape = r.shape, .dtype = dtype, .values = values}},
                     .build = [r, f](const Tensors& in) { return Tensors{f(in[0], r.axes[0])}; },
                     .oracle =
                         [r, largest](const Values& in) {
                           const int axis = r.shape.axis(r.axes[0]);
                           const std::vector<std::size_t> positions = result_positions(r);
                           Values best =
                               largest ? fold(r, in[0], -HUGE_VAL, larger) : fold(r, in[0], HUGE_VAL, smaller);
                           Values index{std::vector<double>(best[0].size(), -1)};
                           for_each_index(r.shape, [&](const std::int64_t* at, std::int64_t flat) {
                             const auto i = static_cast<std::size_t>(flat);
                             double& found = index[0][positions[i]];
                             if (found < 0 && in[0][i] == best[0][positions[i]]) found = static_cast<double>(at[axis]);
                           });
                           return index;
                         }});
  };
  for (const Reduction& r : shapes) add(r, DType::kF32);
  for (const DType dtype : {DType::kI32, DType::kU32}) {
    add({{127}, {0}}, dtype);
    add({{130, 3}, {0}}, dtype);
  }
  return cases;
}

std::vector<OpCase> first_equal_cases() {
  std::vector<OpCase> cases;
  for (const Reduction& r : reductions()) {
    if (r.shape.elements() > 20000) continue;
    cases.push_back({.options = text(r),
                     .inputs = {{.shape = r.shape, .values = integers(-3, 3)}},
                     .build = [r](const Tensors& in) { return Tensors{first_equal(in[0], max(in[0], r.axes, true))}; },
                     .oracle =
                         [r](const Values& in) {
                           const std::vector<std::size_t> positions = result_positions(r);
                           Values best = fold(r, in[0], -HUGE_VAL, larger);
                           std::vector<double> mark(in[0].size(), 0);
                           for (std::size_t i = 0; i < mark.size(); ++i)
                             if (in[0][i] == best[0][positions[i]]) {
                               mark[i] = 1;
                               best[0][positions[i]] = HUGE_VAL;
                             }
                           return Values{mark};
                         }});
  }
  return cases;
}

const std::vector<Refused> kRefusedAxes = {
    {"axis outside", ErrorCode::kShape,
     [] {
       sum(zeros({2, 3}), {2});
     }},
    {"axis twice", ErrorCode::kShape,
     [] {
       sum(zeros({2, 3}), {1, -1});
     }},
    {"u8", ErrorCode::kDtype, [] { sum(zeros({2}, DType::kU8)); }},
    {"mean of integers", ErrorCode::kDtype, [] { mean(zeros({2}, DType::kI32)); }},
    {"mean of nothing", ErrorCode::kShape, [] { mean(zeros({0})); }},
};

const OpRegistration sum_entry({.name = "sum", .ops = {"sum"}, .cases = sum_cases, .refused = kRefusedAxes});
const OpRegistration max_entry({.name = "max",
                                .ops = {"max", "first_equal"},
                                .cases = [] { return extremum_cases(max, -HUGE_VAL, larger); },
                                .refused = {{"nothing", ErrorCode::kShape, [] { max(zeros({0})); }}}});
const OpRegistration min_entry({.name = "min",
                                .ops = {"min"},
                                .cases = [] { return extremum_cases(min, HUGE_VAL, smaller); },
                                .refused = {{"nothing", ErrorCode::kShape, [] { min(zeros({0})); }}}});
const OpRegistration argmax_entry({.name = "argmax",
                                   .ops = {"argmax"},
                                   .cases = [] { return arg_cases(argmax, true); },
                                   .refused = {{"axis", ErrorCode::kShape, [] { argmax(zeros({2}), 1); }}}});
const OpRegistration argmin_entry({.name = "argmin",
                                   .ops = {"argmin"},
                                   .cases = [] { return arg_cases(argmin, false); },
                                   .refused = {{"nothing", ErrorCode::kShape, [] {
                                                  argmin(zeros({0, 2}), 0);
                                                }}}});
const OpRegistration first_equal_entry({.name = "first_equal",
                                        .ops = {"first_equal"},
                                        .cases = first_equal_cases,
                                        .refused = {{"shapes", ErrorCode::kShape, [] {
                                                       first_equal(zeros({2, 3}), zeros({2, 2}));
                                                     }}}});

}  // namespace
}  // namespace betwixt::ops_test
