// SPDX-License-Identifier: MIT
#include "betwixt/ops/broadcast_to.h"

#include "betwixt/ops/fill.h"
#include "tests/ops/support/check_op.h"

namespace betwixt::ops_test {
namespace {

struct Spread {
  Shape from;
  Shape to;
};

Values spread(const Spread& s, const std::vector<double>& x) {
  std::vector<double> out;
  for_each_index(s.to, [&](const std::int64_t* index, std::int64_t) {
    std::int64_t own[Shape::kMaxRank] = {};
    for (int i = 1; i <= s.from.rank(); ++i) own[s.from.rank() - i] = s.from[-i] == 1 ? 0 : index[s.to.rank() - i];
    out.push_back(x[static_cast<std::size_t>(flat_index(s.from, own))]);
  });
  return {out};
}

std::vector<OpCase> broadcast_cases() {
  std::vector<OpCase> cases;
  const std::vector<Spread> spreads = {{{}, {3}},
                                       {{1}, {127}},
                                       {{3, 1, 5}, {3, 13, 5}},
                                       {{1, 7, 1}, {2, 7, 3}},
                                       {{7}, {3, 2, 7}},
                                       {{2, 1, 3, 1, 2}, {2, 3, 3, 5, 2}},
                                       {{1, 67}, {2003, 67}},
                                       {{2003, 1}, {2003, 67}}};
  for (const Spread& s : spreads)
    cases.push_back({.options = s.from.text() + " to " + s.to.text(),
                     .inputs = {{.shape = s.from}},
                     .build = [s](const Tensors& in) { return Tensors{broadcast_to(in[0], s.to)}; },
                     .oracle = [s](const Values& in) { return spread(s, in[0]); },
                     .differentiable = {0}});
  // The second fills its memory but not a workgroup.
  for (const Spread& s : std::vector<Spread>{{{3, 1}, {3, 5}}, {{4, 1}, {4, 12}}})
    cases.push_back({.options = "u8 " + s.to.text(),
                     .inputs = {{.shape = s.from, .dtype = DType::kU8, .values = integers(0, 255)}},
                     .build = [s](const Tensors& in) { return Tensors{broadcast_to(in[0], s.to)}; },
                     .oracle = [s](const Values& in) { return spread(s, in[0]); }});
  return cases;
}

std::vector<OpCase> repeat_cases() {
  std::vector<OpCase> cases;
  for (const bool whole : {true, false})
    for (int axis = 0; axis < 3; ++axis)
      cases.push_back(
          {.options = (whole ? "tile axis " : "repeat axis ") + std::to_string(axis),
           .inputs = {{.shape = {2, 3, 5}}},
           .build = [whole, axis](
                        const Tensors& in) { return Tensors{whole ? tile(in[0], axis, 3) : repeat(in[0], axis, 3)}; },
           .oracle =
               [whole, axis](const Values& in) {
                 const Shape from{2, 3, 5};
                 std::vector<double> out;
                 for_each_index(from.with(axis, from[axis] * 3), [&](const std::int64_t* index, std::int64_t) {
                   std::int64_t own[Shape::kMaxRank] = {index[0], index[1], index[2]};
                   own[axis] = whole ? own[axis] % from[axis] : own[axis] / 3;
                   out.push_back(in[0][static_cast<std::size_t>(flat_index(from, own))]);
                 });
                 return Values{out};
               },
           .differentiable = {0}});
  return cases;
}

const OpRegistration broadcast_entry({.name = "broadcast_to",
                                      .ops = {"broadcast_to"},
                                      .cases = broadcast_cases,
                                      .refused = {{"does not fit", ErrorCode::kShape,
                                                   [] {
                                                     broadcast_to(zeros({2, 3}), Shape{2, 4});
                                                   }},
                                                  {"fewer axes", ErrorCode::kShape, [] {
                                                     broadcast_to(zeros({1, 3}), Shape{3});
                                                   }}}});
const OpRegistration repeat_entry({.name = "repeat",
                                   .ops = {"broadcast_to"},
                                   .cases = repeat_cases,
                                   .refused = {{"axis", ErrorCode::kShape, [] { tile(zeros({2}), 1, 2); }},
                                               {"negative", ErrorCode::kShape, [] { repeat(zeros({2}), 0, -1); }}}});

}  // namespace
}  // namespace betwixt::ops_test
