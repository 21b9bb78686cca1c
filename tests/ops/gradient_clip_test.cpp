// SPDX-License-Identifier: MIT
#include "betwixt/ops/gradient_clip.h"

#include <cmath>

#include "betwixt/ops/fill.h"
#include "betwixt/ops/unary.h"
#include "tests/ops/support/check_op.h"

namespace betwixt::ops_test {
namespace {

std::vector<OpCase> finite_cases() {
  std::vector<OpCase> cases;
  for (const std::int64_t size : {1, 3, 127, 4097, 200003})
    for (const double odd : {0.0, std::nan(""), HUGE_VAL, -HUGE_VAL, 3e38})
      for (const bool last : {false, true})
        cases.push_back({.options = Shape{size}.text() + (last ? " last " : " first ") + std::to_string(odd),
                         .inputs = {{.shape = {size},
                                     .values =
                                         [=](std::int64_t i, InputRandom& random) {
                                           return i == (last ? size - 1 : 0) ? odd : random.uniform(-1, 1);
                                         }}},
                         .build = [](const Tensors& in) { return Tensors{all_finite(in[0])}; },
                         .oracle =
                             [](const Values& in) {
                               bool finite = true;
                               for (const double v : in[0]) finite &= std::isfinite(v);
                               return Values{{finite ? 1.0 : 0.0}};
                             }});
  // What lies behind a result in memory is nobody's: it may be anything.
  for (const std::int64_t size : {1, 3, 126})
    cases.push_back({.options = Shape{size}.text() + " computed",
                     .inputs = {{.shape = {size}}},
                     .build = [](const Tensors& in) { return Tensors{all_finite(neg(in[0]))}; },
                     .oracle = [](const Values&) { return Values{{1.0}}; }});
  return cases;
}

Values squares(const Values& in) {
  long double total = 0;
  for (const auto& x : in)
    for (const double v : x) total += static_cast<long double>(v) * v;
  return {{static_cast<double>(total)}};
}

std::vector<OpCase> norm_cases() {
  std::vector<OpCase> cases;
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{17}, Shape{3, 5, 7}, Shape{4097}, Shape{200003}})
    cases.push_back({.options = shape.text(),
                     .inputs = {{.shape = shape}},
                     .build = [](const Tensors& in) { return Tensors{squared_norm(in[0])}; },
                     .oracle = squares,
                     .bound = sum_of(static_cast<double>(shape.elements())),
                     .differentiable = {0}});
  for (const double largest : {0.5, 1e3})
    cases.push_back({.options = "clip two tensors to " + std::to_string(largest),
                     .inputs = {{.shape = {3, 5}}, {.shape = {31}}},
                     .build = [largest](const Tensors& in) { return clip_by_global_norm(in, largest); },
                     .oracle =
                         [largest](const Values& in) {
                           const double norm = std::sqrt(squares(in)[0][0]);
                           Values out = in;
                           for (auto& x : out)
                             for (double& v : x) v *= norm > largest ? largest / norm : 1;
                           return out;
                         },
                     .bound = ulps(8),
                     .differentiable = {0, 1}});
  return cases;
}

const OpRegistration finite_entry({.name = "all_finite",
                                   .ops = {"all_finite"},
                                   .cases = finite_cases,
                                   .refused = {
                                       {"integers", ErrorCode::kDtype, [] { all_finite(zeros({3}, DType::kI32)); }}}});
const OpRegistration norm_entry({.name = "squared_norm",
                                 .ops = {"squared_norm"},
                                 .cases = norm_cases,
                                 .refused = {
                                     {"nothing", ErrorCode::kArgument, [] { global_norm({}); }},
                                     {"limit 0", ErrorCode::kValue, [] { clip_by_global_norm(zeros({3}), 0); }}}});

}  // namespace
}  // namespace betwixt::ops_test
