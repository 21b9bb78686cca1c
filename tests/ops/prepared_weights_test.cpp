// SPDX-License-Identifier: MIT
// Weights that a program does not change are laid out for the kernels once (PlanOptions::keep_prepared): same bits as
// without, new weights are noticed, and the memory counts.
#include <gtest/gtest.h>

#include "betwixt/core/error.h"
#include "betwixt/cpu/cpu_device.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/conv2d.h"
#include "betwixt/ops/conv2d_transpose.h"
#include "betwixt/ops/fill.h"
#include "betwixt/ops/reshape.h"
#include "betwixt/ops/slice.h"
#include "betwixt/tensor/program.h"
#include "tests/ops/support/filled_state.h"

namespace betwixt {
namespace {

using Floats = std::vector<float>;

using ops_test::filled;
using ops_test::numbers;

Floats run(Program& program) {
  program.run();
  return program.values<float>();
}

/// A layer between pictures of 20 x 20 pixels.
struct Layer {
  const char* name;
  Shape weight;
  Tensor (*apply)(const Tensor& x, const Tensor& weight);
  std::int64_t in() const { return weight[2]; }
};

std::ostream& operator<<(std::ostream& to, const Layer& layer) { return to << layer.name; }

Tensor plain(const Tensor& x, const Tensor& w) { return conv2d(x, w, {}, {.stride = 2, .padding = 1}); }
Tensor same_size(const Tensor& x, const Tensor& w) { return conv2d(x, w, {}, {.padding = 1}); }
Tensor doubled(const Tensor& x, const Tensor& w) { return conv2d(x, w, {}, {.padding = 1, .upsample = 2}); }
Tensor transposed(const Tensor& x, const Tensor& w) { return conv2d_transpose(x, w, {}, {.stride = 2, .padding = 1}); }

class PreparedWeights : public testing::TestWithParam<Layer> {};

TEST_P(PreparedWeights, GiveTheSameBitsAndChangesAreNoticed) {
  const Layer& layer = GetParam();
  for (const Isa isa : available_isas()) {
    const Device device = cpu_device({.threads = 2, .isa = isa});
    const State x = filled(device, {2, 20, 20, layer.in()}, 1);
    const State weight = filled(device, layer.weight, 2);
    const Tensor y = layer.apply(read(x), read(weight));
    Program kept(device, {y});
    Program fresh(device, {y}, {.keep_prepared = false});
    for (const std::uint32_t seed : {3u, 4u}) {
      const Floats expected = run(fresh);
      EXPECT_EQ(run(kept), expected) << isa_name(isa);
      x.write(numbers(x.type().shape.elements(), seed));
      const Floats again = run(fresh);
      EXPECT_NE(again, expected);
      EXPECT_EQ(run(kept), again) << isa_name(isa) << ": another picture";
      weight.write(numbers(layer.weight.elements(), seed + 10));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Layers, PreparedWeights,
    testing::Values(Layer{"panels", {4, 4, 9, 150}, plain}, Layer{"as they are", {3, 3, 16, 32}, plain},
                    Layer{"few channels", {3, 3, 32, 3}, same_size}, Layer{"squares", {3, 3, 32, 48}, same_size},
                    Layer{"doubled", {3, 3, 16, 40}, doubled}, Layer{"transposed", {4, 4, 16, 70}, transposed}));

class PreparedState : public testing::Test {
 protected:
  Device device = cpu_device({.threads = 2});
  State x = filled(device, {1, 16, 16, 32}, 1);
  State weight = filled(device, {3, 3, 32, 64}, 2);
  Tensor y = same_size(read(x), read(weight));

  Floats fresh_result() const {
    Program program(device, {y}, {.keep_prepared = false});
    return run(program);
  }
};

TEST_F(PreparedState, AnUpdateByAnotherProgramIsNoticed) {
  Program kept(device, {y});
  Program update(device, {assign(weight, read(weight) * 0.5 + 0.25)});
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(run(kept), fresh_result()) << i;
    update.run();
  }
}

TEST_F(PreparedState, AnUpdateByTheSameProgramIsUsedFromTheNextStepOn) {
  const Tensor next = assign(weight, read(weight) * 0.5);
  Program both(device, {y, next});
  for (int i = 0; i < 3; ++i) {
    const Floats expected = fresh_result();
    EXPECT_EQ(run(both), expected) << i;
  }
}

TEST_F(PreparedState, AStepThatWritesItsWeightsNeedsNoMoreMemory) {
  const Tensor next = assign(weight, read(weight) * 0.5);
  EXPECT_EQ(Program::plan_bytes(device, {y, next}), Program::plan_bytes(device, {y, next}, {.keep_prepared = false}));
}

TEST_F(PreparedState, PartsOfAStateAndConstantsCount) {
  const State all = filled(device, {2 * 3 * 3 * 32 * 64}, 3);
  const Tensor part = reshape(slice(read(all), 0, 3 * 3 * 32 * 64, 3 * 3 * 32 * 64), weight.type().shape);
  const Tensor sum = same_size(read(x), part) + same_size(read(x), fill(0.5, weight.type().shape));
  Program kept(device, {sum});
  for (const std::uint32_t seed : {4u, 5u}) {
    Program fresh(device, {sum}, {.keep_prepared = false});
    const Floats expected = run(fresh);
    EXPECT_EQ(run(kept), expected);
    EXPECT_EQ(run(kept), expected);
    all.write(numbers(all.type().shape.elements(), seed));
  }
}

TEST_F(PreparedState, TheMemoryIsPartOfThePlan) {
  const std::size_t without = Program::plan_bytes(device, {y}, {.keep_prepared = false});
  // Two layers over the same memory show that it is not shared from call to call.
  const State second = filled(device, {3, 3, 64, 64}, 7);
  const Tensor deep = same_size(y, read(second));
  const std::size_t deep_without = Program::plan_bytes(device, {deep}, {.keep_prepared = false});
  const std::size_t deep_with = Program::plan_bytes(device, {deep});
  EXPECT_GT(deep_with, deep_without);
  Program frugal(device, {deep}, {.memory_limit = deep_with - 1});
  EXPECT_EQ(frugal.peak_bytes(), deep_without);
  Program whole(device, {deep}, {.memory_limit = deep_with});
  EXPECT_EQ(whole.peak_bytes(), deep_with);
  EXPECT_EQ(run(frugal), run(whole));
  try {
    Program(device, {y}, {.memory_limit = without - 1});
    FAIL() << "the limit was ignored";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kLimit);
  }
}

}  // namespace
}  // namespace betwixt
