// SPDX-License-Identifier: MIT
#include "betwixt/ops/cumsum.h"

#include "betwixt/ops/fill.h"
#include "tests/ops/support/check_op.h"

namespace betwixt::ops_test {
namespace {

Values running(const Shape& shape, int axis, const CumsumOptions& options, const std::vector<double>& x) {
  const std::int64_t stride = shape.product(axis + 1, shape.rank());
  const std::int64_t n = shape[axis];
  std::vector<double> out(x.size());
  for_each_index(shape, [&](const std::int64_t* index, std::int64_t flat) {
    double total = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      const bool before = options.reverse ? i > index[axis] : i < index[axis];
      if (before || (!options.exclusive && i == index[axis]))
        total += x[static_cast<std::size_t>(flat + (i - index[axis]) * stride)];
    }
    out[static_cast<std::size_t>(flat)] = total;
  });
  return {out};
}

std::vector<OpCase> cases() {
  std::vector<OpCase> all;
  struct Along {
    Shape shape;
    int axis;
  };
  for (const Along& a : std::vector<Along>{{{1}, 0},
                                           {{127}, 0},
                                           {{3, 5, 7}, 0},
                                           {{3, 5, 7}, 1},
                                           {{3, 5, 7}, 2},
                                           {{2, 13, 131}, 1},
                                           {{601, 301}, 1},
                                           {{0, 3}, 0}})
    for (const bool exclusive : {false, true})
      for (const bool reverse : {false, true}) {
        const CumsumOptions options{exclusive, reverse};
        all.push_back({.options = a.shape.text() + " axis " + std::to_string(a.axis) + (exclusive ? " exclusive" : "") +
                                  (reverse ? " reverse" : ""),
                       .inputs = {{.shape = a.shape}},
                       .build = [=](const Tensors& in) { return Tensors{cumsum(in[0], a.axis, options)}; },
                       .oracle = [=](const Values& in) { return running(a.shape, a.axis, options, in[0]); },
                       .bound = sum_of(static_cast<double>(a.shape[a.axis])),
                       .differentiable = {0}});
      }
  return all;
}

const OpRegistration entry({.name = "cumsum",
                            .ops = {"cumsum"},
                            .cases = cases,
                            .refused = {{"axis", ErrorCode::kShape, [] { cumsum(zeros({2}), 1); }},
                                        {"integers", ErrorCode::kDtype, [] { cumsum(zeros({2}, DType::kI32), 0); }}}});

}  // namespace
}  // namespace betwixt::ops_test
