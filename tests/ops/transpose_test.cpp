// SPDX-License-Identifier: MIT
#include "betwixt/ops/transpose.h"

#include "betwixt/ops/fill.h"
#include "tests/ops/support/check_op.h"

namespace betwixt::ops_test {
namespace {

struct Turn {
  Shape shape;
  std::vector<int> perm;
  DType dtype = DType::kF32;
};

Shape turned(const Turn& t) {
  Shape result = t.shape;
  for (std::size_t i = 0; i < t.perm.size(); ++i) result = result.with(static_cast<int>(i), t.shape[t.perm[i]]);
  return result;
}

Values oracle(const Turn& t, const std::vector<double>& x) {
  std::vector<double> out;
  for_each_index(turned(t), [&](const std::int64_t* index, std::int64_t) {
    std::int64_t from[Shape::kMaxRank] = {};
    for (std::size_t i = 0; i < t.perm.size(); ++i) from[t.shape.axis(t.perm[i])] = index[i];
    out.push_back(x[static_cast<std::size_t>(flat_index(t.shape, from))]);
  });
  return {out};
}

std::vector<OpCase> cases() {
  const std::vector<Turn> turns = {{{13, 7}, {1, 0}},
                                   {{13, 7}, {0, 1}},
                                   {{127, 131}, {1, 0}},
                                   {{3, 5, 7}, {2, 0, 1}},
                                   {{3, 5, 7}, {0, 2, 1}},
                                   {{3, 5, 7}, {1, 0, -1}},
                                   {{2, 13, 17, 3}, {0, 3, 1, 2}},
                                   {{2, 3, 13, 17}, {0, 2, 3, 1}},
                                   {{2, 3, 4, 5, 6}, {4, 2, 0, 3, 1}},
                                   {{2, 3, 4, 5, 6}, {3, 2, 1, 0, 4}},
                                   {{5, 1, 7}, {1, 0, 2}},
                                   {{1, 5, 1}, {2, 1, 0}},
                                   {{0, 3}, {1, 0}},
                                   {{}, {}},
                                   {{521, 331}, {1, 0}},
                                   {{37, 53}, {1, 0}, DType::kU8},
                                   {{7, 5, 3}, {2, 1, 0}, DType::kI32}};
  std::vector<OpCase> all;
  for (const Turn& t : turns) {
    std::string perm;
    for (const int axis : t.perm) perm += " " + std::to_string(axis);
    const bool is_float_case = t.dtype == DType::kF32;
    all.push_back(
        {.options = t.shape.text() + perm + " " + dtype_name(t.dtype),
         .inputs = {{.shape = t.shape, .dtype = t.dtype, .values = is_float_case ? uniform() : integers(0, 99)}},
         .build = [t](const Tensors& in) { return Tensors{transpose(in[0], t.perm)}; },
         .oracle = [t](const Values& in) { return oracle(t, in[0]); },
         .differentiable = is_float_case ? std::vector<int>{0} : std::vector<int>{}});
  }
  return all;
}

const OpRegistration entry({.name = "transpose",
                            .ops = {"transpose"},
                            .cases = cases,
                            .refused = {{"count", ErrorCode::kShape,
                                         [] {
                                           transpose(zeros({2, 3}), {0});
                                         }},
                                        {"twice", ErrorCode::kShape,
                                         [] {
                                           transpose(zeros({2, 3}), {0, 0});
                                         }},
                                        {"axis", ErrorCode::kShape, [] {
                                           transpose(zeros({2, 3}), {0, 2});
                                         }}}});

}  // namespace
}  // namespace betwixt::ops_test
