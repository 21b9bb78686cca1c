// SPDX-License-Identifier: MIT
#include "betwixt/ops/reshape.h"

#include "betwixt/ops/binary.h"
#include "betwixt/ops/fill.h"
#include "tests/ops/support/check_op.h"

namespace betwixt::ops_test {
namespace {

std::vector<OpCase> cases() {
  std::vector<OpCase> all;
  struct Change {
    Shape from;
    Shape to;
  };
  const std::vector<Change> changes = {{{3, 5, 7}, {7, 15}}, {{13}, {1, 13, 1}}, {{1}, {}}, {{0, 3}, {5, 0}}};
  for (const Change& change : changes)
    all.push_back({.options = change.from.text() + " to " + change.to.text(),
                   .inputs = {{.shape = change.from}},
                   .build = [change](const Tensors& in) { return Tensors{reshape(in[0], change.to)}; },
                   .oracle = [](const Values& in) { return Values{in[0]}; },
                   .differentiable = {0}});
  all.push_back({.options = "both views used",
                 .inputs = {{.shape = {4, 6}}, {.shape = {24}}},
                 .build =
                     [](const Tensors& in) {
                       return Tensors{flatten(in[0]) + in[1], expand_dims(in[0], 1)};
                     },
                 .oracle =
                     [](const Values& in) {
                       Values out{in[0], in[0]};
                       for (std::size_t i = 0; i < out[0].size(); ++i) out[0][i] += in[1][i];
                       return out;
                     },
                 .bound = ulps(0.5),
                 .differentiable = {0, 1}});
  return all;
}

const OpRegistration entry({.name = "reshape",
                            .ops = {"reshape"},
                            .cases = cases,
                            .refused = {{"count", ErrorCode::kShape,
                                         [] {
                                           reshape(zeros({2, 3}), Shape{5});
                                         }},
                                        {"axis", ErrorCode::kShape,
                                         [] {
                                           expand_dims(zeros({2, 3}), 3);
                                         }},
                                        {"rank", ErrorCode::kShape, [] {
                                           expand_dims(zeros({1, 1, 1, 1, 1}), 0);
                                         }}}});

}  // namespace
}  // namespace betwixt::ops_test
