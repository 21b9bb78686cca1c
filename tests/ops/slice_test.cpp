// SPDX-License-Identifier: MIT
#include "betwixt/ops/slice.h"

#include "betwixt/ops/binary.h"
#include "betwixt/ops/fill.h"
#include "tests/ops/support/check_op.h"

namespace betwixt::ops_test {
namespace {

struct Part {
  Shape shape;
  int axis;
  std::int64_t begin;
  std::int64_t size;
};

std::vector<double> part_of(const Part& p, const std::vector<double>& x) {
  std::vector<double> out;
  for_each_index(p.shape.with(p.axis, p.size), [&](const std::int64_t* index, std::int64_t) {
    std::int64_t from[Shape::kMaxRank];
    std::copy(index, index + Shape::kMaxRank, from);
    from[p.shape.axis(p.axis)] += p.begin;
    out.push_back(x[static_cast<std::size_t>(flat_index(p.shape, from))]);
  });
  return out;
}

std::vector<OpCase> slice_cases() {
  // Both sides of the rule for aliases: starts on and off multiples of 16 bytes, contiguous or not.
  const std::vector<Part> parts = {{{13}, 0, 4, 5},        {{13}, 0, 3, 5},         {{13}, 0, 0, 13},
                                   {{13}, 0, 13, 0},       {{13, 8}, 0, 3, 7},      {{13, 7}, 0, 3, 7},
                                   {{13, 7}, -1, 2, 3},    {{3, 5, 7}, 1, 1, 3},    {{1, 5, 4}, 1, 1, 3},
                                   {{1, 5, 3}, 1, 1, 3},   {{3, 5, 7, 2}, 2, 6, 1}, {{2, 3, 2, 3, 4}, 3, 1, 2},
                                   {{1031, 67}, 1, 1, 65}, {{70001}, 0, 1, 70000}};
  std::vector<OpCase> all;
  for (const Part& p : parts)
    all.push_back({.options = p.shape.text() + " axis " + std::to_string(p.axis) + " from " + std::to_string(p.begin) +
                              " size " + std::to_string(p.size),
                   .inputs = {{.shape = p.shape}},
                   .build = [p](const Tensors& in) { return Tensors{slice(in[0], p.axis, p.begin, p.size)}; },
                   .oracle = [p](const Values& in) { return Values{part_of(p, in[0])}; },
                   .differentiable = {0}});
  all.push_back({.options = "u8",
                 .inputs = {{.shape = {5, 32}, .dtype = DType::kU8, .values = integers(0, 255)}},
                 .build = [](const Tensors& in) { return Tensors{slice(in[0], 0, 1, 3)}; },
                 .oracle =
                     [](const Values& in) {
                       return Values{part_of({{5, 32}, 0, 1, 3}, in[0])};
                     }});
  all.push_back({.options = "overlapping parts of one value",
                 .inputs = {{.shape = {12, 4}}},
                 .build =
                     [](const Tensors& in) {
                       const Tensor x = in[0] + 1.0;
                       return Tensors{slice(x, 0, 0, 8) * slice(x, 0, 4, 8), slice(x, 0, 2, 3)};
                     },
                 .oracle =
                     [](const Values& in) {
                       Values out(2);
                       for (std::size_t i = 0; i < 32; ++i) out[0].push_back((in[0][i] + 1) * (in[0][i + 16] + 1));
                       for (std::size_t i = 8; i < 20; ++i) out[1].push_back(in[0][i] + 1);
                       return out;
                     },
                 .bound = ulps(3, 1e-7),
                 .differentiable = {0}});
  return all;
}

std::vector<OpCase> flip_cases() {
  std::vector<OpCase> all;
  for (const Part& p : std::vector<Part>{{{13}, 0, 0, 0},
                                         {{3, 5, 7}, 0, 0, 0},
                                         {{3, 5, 7}, 1, 0, 0},
                                         {{3, 5, 7}, -1, 0, 0},
                                         {{1, 1}, 0, 0, 0},
                                         {{301, 403}, 1, 0, 0}})
    all.push_back({.options = p.shape.text() + " axis " + std::to_string(p.axis),
                   .inputs = {{.shape = p.shape}},
                   .build = [p](const Tensors& in) { return Tensors{flip(in[0], p.axis)}; },
                   .oracle =
                       [p](const Values& in) {
                         const int axis = p.shape.axis(p.axis);
                         std::vector<double> out;
                         for_each_index(p.shape, [&](const std::int64_t* index, std::int64_t) {
                           std::int64_t from[Shape::kMaxRank];
                           std::copy(index, index + Shape::kMaxRank, from);
                           from[axis] = p.shape[axis] - 1 - from[axis];
                           out.push_back(in[0][static_cast<std::size_t>(flat_index(p.shape, from))]);
                         });
                         return Values{out};
                       },
                   .differentiable = {0}});
  return all;
}

const OpRegistration slice_entry({.name = "slice",
                                  .ops = {"slice", "pad"},
                                  .cases = slice_cases,
                                  .refused = {
                                      {"beyond", ErrorCode::kShape, [] { slice(zeros({5}), 0, 3, 3); }},
                                      {"negative begin", ErrorCode::kShape, [] { slice(zeros({5}), 0, -1, 3); }},
                                      {"negative size", ErrorCode::kShape, [] { slice(zeros({5}), 0, 1, -1); }},
                                      {"huge", ErrorCode::kShape, [] { slice(zeros({5}), 0, 1, INT64_MAX); }},
                                      {"axis", ErrorCode::kShape, [] { slice(zeros({5}), 1, 0, 1); }}}});
const OpRegistration flip_entry({.name = "flip",
                                 .ops = {"flip"},
                                 .cases = flip_cases,
                                 .refused = {{"axis", ErrorCode::kShape, [] { flip(zeros({5}), 1); }}}});

}  // namespace
}  // namespace betwixt::ops_test
