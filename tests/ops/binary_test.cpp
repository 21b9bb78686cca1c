// SPDX-License-Identifier: MIT
#include "betwixt/ops/binary.h"

#include <cmath>

#include "betwixt/ops/fill.h"
#include "tests/ops/support/check_op.h"

namespace betwixt::ops_test {
namespace {

struct Pair {
  Shape a;
  Shape b;
};

std::vector<Pair> pairs() {
  return {{{}, {}},
          {{127}, {127}},
          {{3, 5, 7}, {3, 5, 7}},
          {{3, 5, 7}, {}},
          {{}, {3, 5}},
          {{13, 7}, {7}},
          {{16, 3}, {3}},
          {{13, 7}, {13, 1}},
          {{13, 1}, {1, 7}},
          {{2, 3, 1, 5}, {3, 4, 1}},
          {{2, 1, 3, 1, 2}, {1, 3, 1, 2, 1}},
          {{0, 3}, {1, 3}},
          {{1031, 67}, {67}},
          {{1031, 67}, {1031, 67}},
          {{1, 70001}, {1}}};
}

/// Element of `shape` behind an index of the result.
double at(const std::vector<double>& x, const Shape& shape, const Shape& result, const std::int64_t* index) {
  std::int64_t own[Shape::kMaxRank] = {};
  for (int i = 1; i <= shape.rank(); ++i) own[shape.rank() - i] = shape[-i] == 1 ? 0 : index[result.rank() - i];
  return x[static_cast<std::size_t>(flat_index(shape, own))];
}

using Scalar = double (*)(double, double);

Values broadcast_oracle(const Pair& pair, const Values& in, Scalar f) {
  const Shape result = broadcast_shape("test", pair.a, pair.b);
  std::vector<double> out;
  for_each_index(result, [&](const std::int64_t* index, std::int64_t) {
    out.push_back(f(at(in[0], pair.a, result, index), at(in[1], pair.b, result, index)));
  });
  return {out};
}

struct Function {
  Tensor (*apply)(const Tensor&, const Tensor&);
  Scalar oracle;
  Generator a = uniform();
  Generator b = uniform();
  Bound bound = exact();
  bool differentiable = true;
  bool integers_too = true;
};

std::vector<OpCase> cases_of(const Function& f) {
  std::vector<OpCase> cases;
  for (const Pair& pair : pairs())
    cases.push_back({.options = pair.a.text() + " " + pair.b.text(),
                     .inputs = {{.shape = pair.a, .values = f.a}, {.shape = pair.b, .values = f.b}},
                     .build = [f](const Tensors& in) { return Tensors{f.apply(in[0], in[1])}; },
                     .oracle = [f, pair](const Values& in) { return broadcast_oracle(pair, in, f.oracle); },
                     .bound = f.bound,
                     .differentiable = f.differentiable ? std::vector<int>{0, 1} : std::vector<int>{}});
  if (!f.integers_too) return cases;
  for (const DType dtype : {DType::kI32, DType::kU32}) {
    const Pair pair{{5, 7}, {7}};
    // Not so small that u32 differences would wrap.
    const Generator large = integers(5, 7);
    const Generator small = dtype == DType::kU32 ? integers(3, 5) : integers(-9, 9);
    cases.push_back({.options = dtype_name(dtype),
                     .inputs = {{.shape = pair.a, .dtype = dtype, .values = large},
                                {.shape = pair.b, .dtype = dtype, .values = small}},
                     .build = [f](const Tensors& in) { return Tensors{f.apply(in[0], in[1])}; },
                     .oracle = [f, pair](const Values& in) { return broadcast_oracle(pair, in, f.oracle); }});
  }
  return cases;
}

OpEntry entry(const char* name, const Function& f) {
  OpEntry result{
      .name = name,
      .ops = {name},
      .cases = [f] { return cases_of(f); },
      .refused = {{"shapes", ErrorCode::kShape,
                   [f] {
                     f.apply(zeros({2, 3}), zeros({2}));
                   }},
                  {"types", ErrorCode::kDtype, [f] { f.apply(zeros({2}), zeros({2}, DType::kI32)); }},
                  {"u8", ErrorCode::kDtype, [f] { f.apply(zeros({2}, DType::kU8), zeros({2}, DType::kU8)); }},
                  {"undefined", ErrorCode::kArgument, [f] { f.apply(zeros({2}), Tensor()); }}}};
  if (!f.integers_too)
    result.refused.push_back(
        {"integers", ErrorCode::kDtype, [f] { f.apply(zeros({2}, DType::kI32), zeros({2}, DType::kI32)); }});
  return result;
}

/// Apart from `distinct` by at least 1 / 128: no ties, no kinks of minimum and maximum.
Generator between_distinct() {
  return [](std::int64_t index, InputRandom& random) { return distinct()(index * 7 + 3, random) + 1.0 / 128; };
}

const OpRegistration add_entry(
    entry("add", {.apply = add, .oracle = [](double a, double b) { return a + b; }, .bound = ulps(0.5)}));
const OpRegistration sub_entry(
    entry("sub", {.apply = sub, .oracle = [](double a, double b) { return a - b; }, .bound = ulps(0.5)}));
const OpRegistration mul_entry(
    entry("mul", {.apply = mul, .oracle = [](double a, double b) { return a * b; }, .bound = ulps(0.5)}));
const OpRegistration div_entry(entry("div", {.apply = div,
                                             .oracle = [](double a, double b) { return a / b; },
                                             .b = positive(),
                                             .bound = ulps(0.5),
                                             .integers_too = false}));
const OpRegistration pow_entry(entry("pow", {.apply = pow,
                                             .oracle = [](double a, double b) { return std::pow(a, b); },
                                             .a = positive(),
                                             .b = uniform(-2, 2),
                                             .bound = ulps(5),
                                             .integers_too = false}));
const OpRegistration minimum_entry(entry("minimum", {.apply = minimum,
                                                     .oracle = [](double a, double b) { return std::min(a, b); },
                                                     .a = distinct(),
                                                     .b = between_distinct()}));
const OpRegistration maximum_entry(entry("maximum", {.apply = maximum,
                                                     .oracle = [](double a, double b) { return std::max(a, b); },
                                                     .a = distinct(),
                                                     .b = between_distinct()}));
const OpRegistration equal_entry(entry("equal", {.apply = equal,
                                                 .oracle = [](double a, double b) { return double(a == b); },
                                                 .a = integers(-1, 1),
                                                 .b = integers(-1, 1),
                                                 .differentiable = false}));
const OpRegistration less_entry(entry("less", {.apply = less,
                                               .oracle = [](double a, double b) { return double(a < b); },
                                               .a = integers(-1, 1),
                                               .b = integers(-1, 1),
                                               .differentiable = false}));
const OpRegistration less_equal_entry(entry("less_equal", {.apply = less_equal,
                                                           .oracle = [](double a, double b) { return double(a <= b); },
                                                           .a = integers(-1, 1),
                                                           .b = integers(-1, 1),
                                                           .differentiable = false}));

struct Triple {
  Shape mask;
  Shape a;
  Shape b;
};

std::vector<OpCase> where_cases() {
  std::vector<OpCase> cases;
  const std::vector<Triple> triples = {
      {{}, {}, {}},          {{127}, {127}, {127}},          {{3, 5}, {}, {3, 5}},           {{3, 1}, {5}, {1}},
      {{5}, {3, 5}, {3, 1}}, {{2, 1, 7}, {3, 1}, {2, 3, 7}}, {{1031, 67}, {1031, 67}, {67}}, {{4, 1}, {4, 3}, {3}}};
  for (const Triple& t : triples)
    cases.push_back({.options = t.mask.text() + " " + t.a.text() + " " + t.b.text(),
                     .inputs = {{.shape = t.mask, .values = integers(0, 1)}, {.shape = t.a}, {.shape = t.b}},
                     .build = [](const Tensors& in) { return Tensors{where(in[0], in[1], in[2])}; },
                     .oracle =
                         [t](const Values& in) {
                           const Shape result = broadcast_shape("test", t.mask, broadcast_shape("test", t.a, t.b));
                           std::vector<double> out;
                           for_each_index(result, [&](const std::int64_t* index, std::int64_t) {
                             out.push_back(at(in[0], t.mask, result, index) != 0 ? at(in[1], t.a, result, index)
                                                                                 : at(in[2], t.b, result, index));
                           });
                           return Values{out};
                         },
                     .differentiable = {1, 2}});
  cases.push_back({.options = "the side not chosen may be infinite",
                   .inputs = {{.shape = {4}, .values = listed({1, 0})}},
                   .build =
                       [](const Tensors& in) {
                         const Tensor infinite = fill(HUGE_VAL, Shape{4}, in[0].dtype());
                         return Tensors{where(in[0], in[0], infinite)};
                       },
                   .oracle =
                       [](const Values&) {
                         return Values{{1, HUGE_VAL, 1, HUGE_VAL}};
                       }});
  return cases;
}

const OpRegistration where_entry(
    {.name = "where",
     .ops = {"where"},
     .cases = where_cases,
     .refused = {{"shapes", ErrorCode::kShape, [] { where(zeros({2}), zeros({3}), zeros({3})); }},
                 {"types", ErrorCode::kDtype, [] { where(zeros({2}, DType::kI32), zeros({2}), zeros({2})); }}}});

std::vector<OpCase> operator_cases() {
  return {{.options = "numbers on either side",
           .inputs = {{.shape = {3, 7}, .values = positive()}},
           .build =
               [](const Tensors& in) {
                 const Tensor& x = in[0];
                 return Tensors{x + 2.0, 2.0 + x, x - 2.0, 2.0 - x, x * 2.0, 2.0 * x, x / 2.0, 2.0 / x, -x};
               },
           .oracle =
               [](const Values& in) {
                 Values out(9);
                 for (const double x : in[0]) {
                   const double results[] = {x + 2, 2 + x, x - 2, 2 - x, x * 2, 2 * x, x / 2, 2 / x, -x};
                   for (std::size_t i = 0; i < 9; ++i) out[i].push_back(results[i]);
                 }
                 return out;
               },
           .bound = ulps(0.5),
           .differentiable = {0}}};
}
const OpRegistration operator_entry({.name = "operators",
                                     .ops = {"affine", "div", "neg", "fill"},
                                     .cases = operator_cases});

}  // namespace
}  // namespace betwixt::ops_test
