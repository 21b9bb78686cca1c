// SPDX-License-Identifier: MIT
#include "betwixt/ops/top_k.h"

#include <algorithm>
#include <numeric>

#include "betwixt/ops/fill.h"
#include "tests/ops/support/check_op.h"

namespace betwixt::ops_test {
namespace {

Values oracle(const Shape& shape, std::int64_t k, const std::vector<double>& x) {
  const auto n = static_cast<std::size_t>(shape[-1]);
  Values out(2);
  for (std::size_t first = 0; first < x.size(); first += n) {
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return x[first + a] > x[first + b]; });
    for (std::size_t j = 0; j < static_cast<std::size_t>(k); ++j) {
      out[0].push_back(x[first + order[j]]);
      out[1].push_back(static_cast<double>(order[j]));
    }
  }
  return out;
}

std::vector<OpCase> cases() {
  std::vector<OpCase> all;
  struct Choice {
    Shape shape;
    std::int64_t k;
  };
  for (const Choice& c :
       std::vector<Choice>{{{1}, 1}, {{13}, 3}, {{7}, 7}, {{3, 127}, 5}, {{2, 3, 5}, 2}, {{300, 401}, 9}})
    for (const bool ties : {false, true})
      all.push_back({.options = c.shape.text() + " k " + std::to_string(c.k) + (ties ? " ties" : ""),
                     .inputs = {{.shape = c.shape, .values = ties ? integers(-3, 3) : distinct()}},
                     .build =
                         [c](const Tensors& in) {
                           const TopK top = top_k(in[0], c.k);
                           return Tensors{top.values, top.indices};
                         },
                     .oracle = [c](const Values& in) { return oracle(c.shape, c.k, in[0]); },
                     .differentiable = ties ? std::vector<int>{} : std::vector<int>{0}});
  return all;
}

const OpRegistration entry({.name = "top_k",
                            .ops = {"top_k"},
                            .cases = cases,
                            .refused = {{"k 0", ErrorCode::kShape, [] { top_k(zeros({5}), 0); }},
                                        {"k too large", ErrorCode::kShape, [] { top_k(zeros({5}), 6); }},
                                        {"not small", ErrorCode::kShape, [] { top_k(zeros({500}), 200); }},
                                        {"integers", ErrorCode::kDtype, [] { top_k(zeros({5}, DType::kI32), 1); }}}});

}  // namespace
}  // namespace betwixt::ops_test
