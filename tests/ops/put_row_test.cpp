// SPDX-License-Identifier: MIT
#include "betwixt/ops/put_row.h"

#include <gtest/gtest.h>

#include "betwixt/ops/fill.h"
#include "betwixt/ops/gradient.h"
#include "betwixt/ops/unary.h"
#include "betwixt/tensor/program.h"
#include "tests/ops/support/check_op.h"
#include "tests/ops/support/runner.h"

namespace betwixt::ops_test {
namespace {

struct Put {
  Shape table;
  double index;
  DType index_type = DType::kI32;
  DType dtype = DType::kF32;
};

OpCase put_case(const Put& p) {
  const Generator values = p.dtype == DType::kU8 ? integers(0, 255) : uniform();
  return {
      .options = p.table.text() + " at " + std::to_string(static_cast<long long>(p.index)) + " " + dtype_name(p.dtype),
      .inputs = {{.shape = p.table, .dtype = p.dtype, .values = values},
                 {.shape = {1}, .dtype = p.index_type, .values = listed({p.index})},
                 {.shape = p.table.with(0, 1), .dtype = p.dtype, .values = values}},
      .build = [](const Tensors& in) { return Tensors{put_row(in[0], in[1], in[2])}; },
      .oracle =
          [p](const Values& in) {
            std::vector<double> out = in[0];
            const auto n = static_cast<std::int64_t>(p.table[0]);
            const std::int64_t at = ((static_cast<std::int64_t>(p.index) % n) + n) % n;
            std::copy(in[2].begin(), in[2].end(), out.begin() + at * static_cast<std::ptrdiff_t>(in[2].size()));
            return Values{out};
          }};
}

std::vector<OpCase> cases() {
  std::vector<OpCase> all;
  // Some fill their memory but not a workgroup.
  for (const Put& p : std::vector<Put>{{{5}, 2},
                                       {{5}, 13},
                                       {{5}, -1},
                                       {{5}, 0},
                                       {{4, 2}, -4},
                                       {{1, 3}, 7},
                                       {{13, 3, 7}, 4, DType::kU32},
                                       {{5}, 4294967295.0, DType::kU32},
                                       {{401, 503}, 400},
                                       {{3, 7}, 1, DType::kI32, DType::kU8},
                                       {{2, 16}, 0, DType::kI32, DType::kU8},
                                       {{4, 4}, 2, DType::kU32, DType::kU8}})
    all.push_back(put_case(p));
  return all;
}

const OpRegistration entry(
    {.name = "put_row",
     .ops = {"put_row"},
     .cases = cases,
     .refused = {
         {"row", ErrorCode::kShape,
          [] {
            put_row(zeros({3, 4}), zeros({}, DType::kU32), zeros({3}));
          }},
         {"index count", ErrorCode::kShape, [] { put_row(zeros({3}), zeros({2}, DType::kU32), zeros({1})); }},
         {"float index", ErrorCode::kDtype, [] { put_row(zeros({3}), zeros({}), zeros({1})); }},
         {"types", ErrorCode::kDtype, [] { put_row(zeros({3}), zeros({}, DType::kU32), zeros({}, DType::kI32)); }},
         {"gradient", ErrorCode::kUnsupported, [] {
            const Tensor x = zeros({3});
            gradient(put_row(x, zeros({}, DType::kU32), zeros({1})), {x});
          }}}});

TEST(PutRow, RingKeepsTheLastValuesInItsOwnMemory) {
  const Device device = fenced_cpu(Isa::kBaseline, 1);
  const State ring(device, "ring", {Shape{4}, DType::kF32});
  const State step(device, "step", {Shape{}, DType::kU32});
  const Tensor now = read(step);
  const Tensor loss = cast(now, DType::kF32);
  const Tensor next = assign(step, affine(now, 1, 1));
  const Tensor kept = assign(ring, put_row(read(ring), now, loss));
  Program program(device, {cast(next, DType::kF32), sign(cast(kept, DType::kF64))});
  program.run(10);
  EXPECT_EQ(ring.values<float>(), (std::vector<float>{8, 9, 6, 7}));
}

}  // namespace
}  // namespace betwixt::ops_test
