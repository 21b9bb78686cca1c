// SPDX-License-Identifier: MIT
// The harness must notice what it is there for: ops with one deliberate fault each.
#include "tests/ops/support/check_op.h"

#include <gtest/gtest.h>

#include "betwixt/ops/binary.h"
#include "betwixt/ops/unary.h"
#include "betwixt/tensor/op.h"

namespace betwixt::ops_test {
namespace {

std::vector<TensorType> same(const Node& node) { return {node.inputs[0].type()}; }
std::vector<Tensor> twice(const GradientCall& call) { return {call.output_gradient() * 2.0}; }
std::vector<Tensor> wrong(const GradientCall& call) { return {call.output_gradient() * 2.0001}; }
std::uint32_t anything(const Node&, int) { return 1; }

/// out = 2 x, then `fault(in, out, n)`.
template <class T, class Fault>
void doubled(const CpuCall& call, Fault fault) {
  T* in = const_cast<T*>(call.in<T>(0));
  T* out = call.out<T>();
  const std::int64_t n = call.out_shape().elements();
  for (std::int64_t i = 0; i < n; ++i) out[i] = 2 * in[i];
  fault(in, out, n, call.pool.threads());
}

template <class Fault>
void doubled_with(const CpuCall& call, Fault fault) {
  if (call.node.output_type().dtype == DType::kF64) return doubled<double>(call, fault);
  doubled<float>(call, fault);
}

void sound(const CpuCall& call) {
  doubled_with(call, [](auto*, auto*, std::int64_t, int) {});
}
void slightly_off(const CpuCall& call) {
  doubled_with(call, [](auto*, auto* out, std::int64_t n, int) { out[n - 1] *= 1.000001f; });
}
void writes_behind(const CpuCall& call) {
  doubled_with(call, [](auto*, auto* out, std::int64_t n, int) { out[n] = 1; });
}
void writes_before(const CpuCall& call) {
  doubled_with(call, [](auto*, auto* out, std::int64_t, int) { out[-1] = 1; });
}
void changes_input(const CpuCall& call) {
  doubled_with(call, [](auto* in, auto*, std::int64_t, int) { in[0] += 1; });
}
void counts_threads(const CpuCall& call) {
  doubled_with(call, [](auto*, auto* out, std::int64_t, int threads) { out[0] += threads > 2 ? 1 : 0; });
}
void leaves_one_out(const CpuCall& call) {
  if (call.node.output_type().dtype == DType::kF64) return sound(call);
  for (std::int64_t i = 0; i + 1 < call.out_shape().elements(); ++i) call.out<float>()[i] = 2 * call.in<float>(0)[i];
}
/// Reads the input again after it wrote results.
void not_in_place(const CpuCall& call) {
  doubled_with(call, [](auto* in, auto* out, std::int64_t n, int) { out[n - 1] += in[0] - out[0] / 2; });
}

OpCase case_of(const Op& op) {
  return {.options = op.name,
          .inputs = {{.shape = {13}, .values = positive()}},
          .build = [&op](const Tensors& in) { return Tensors{apply(op, {in[0]})}; },
          .oracle = [](const Values& in) { return map(in[0], [](double x) { return 2 * x; }); },
          .differentiable = {0}};
}

bool fails(const CheckReport& report) { return !report.failures.empty(); }

TEST(CheckOp, PassesASoundOp) {
  const Op op{.name = "sound", .shape = same, .cpu = {{&sound}}, .gradient = twice, .in_place = anything};
  const OpCase op_case = case_of(op);
  EXPECT_FALSE(fails(check_forward(op_case)));
  EXPECT_FALSE(fails(check_determinism(op_case)));
  EXPECT_FALSE(fails(check_gradient(op_case)));
  EXPECT_FALSE(fails(check_second_order(op_case)));
}

TEST(CheckOp, NoticesFaultyValues) {
  for (const CpuFunction kernel : {&slightly_off, &writes_behind, &writes_before, &changes_input, &leaves_one_out}) {
    const Op op{.name = "faulty", .shape = same, .cpu = {{kernel}}, .gradient = twice};
    EXPECT_TRUE(fails(check_forward(case_of(op))));
  }
}

TEST(CheckOp, NoticesResultsThatDependOnTheThreads) {
  const Op op{.name = "counts_threads", .shape = same, .cpu = {{&counts_threads}}, .gradient = twice};
  EXPECT_FALSE(fails(check_forward(case_of(op))));
  EXPECT_TRUE(fails(check_determinism(case_of(op))));
}

TEST(CheckOp, NoticesAnInPlaceRuleThatDoesNotHold) {
  const Op op{.name = "not_in_place", .shape = same, .cpu = {{&not_in_place}}, .gradient = twice, .in_place = anything};
  EXPECT_FALSE(fails(check_forward(case_of(op))));
  EXPECT_TRUE(fails(check_determinism(case_of(op))));
}

TEST(CheckOp, NoticesAWrongGradient) {
  const Op op{.name = "wrong_gradient", .shape = same, .cpu = {{&sound}}, .gradient = wrong};
  EXPECT_TRUE(fails(check_gradient(case_of(op))));
}

// The first derivative of x^2 y is right, that of the derivative is not: x counts as a constant in it.
TEST(CheckOp, NoticesAWrongSecondDerivative) {
  static const Op detached{.name = "detached", .shape = same, .cpu = {{&sound}}, .gradient = zero_gradient};
  const auto rule = [](const GradientCall& call) {
    return std::vector<Tensor>{call.output_gradient() * apply(detached, {call.input(0)})};
  };
  static const Op op{.name = "square_once",
                     .shape = same,
                     .cpu = {{[](const CpuCall& call) {
                       if (call.node.output_type().dtype == DType::kF64) {
                         for (int i = 0; i < 13; ++i)
                           call.out<double>()[i] = call.in<double>(0)[i] * call.in<double>(0)[i];
                       } else {
                         for (int i = 0; i < 13; ++i)
                           call.out<float>()[i] = call.in<float>(0)[i] * call.in<float>(0)[i];
                       }
                     }}},
                     .gradient = rule};
  EXPECT_FALSE(fails(check_gradient(case_of(op))));
  EXPECT_TRUE(fails(check_second_order(case_of(op))));
}

TEST(CheckOp, NoticesMissingRefusalsAndUnusedOps) {
  EXPECT_TRUE(fails(check_refusals({.name = "x", .refused = {{"nothing", ErrorCode::kShape, [] {}}}})));
  EXPECT_TRUE(fails(check_refusals({.name = "x", .refused = {{"other code", ErrorCode::kShape, [] {
                                                                throw Error(ErrorCode::kDtype, "x", "y");
                                                              }}}})));
  const Op op{.name = "sound", .shape = same, .cpu = {{&sound}}, .gradient = twice};
  const OpCase op_case = case_of(op);
  const auto cases = [&] { return std::vector<OpCase>{op_case}; };
  EXPECT_FALSE(fails(check_coverage({.name = "x", .ops = {"sound"}, .cases = cases})));
  EXPECT_TRUE(fails(check_coverage({.name = "x", .ops = {"other"}, .cases = cases})));
}

}  // namespace
}  // namespace betwixt::ops_test
