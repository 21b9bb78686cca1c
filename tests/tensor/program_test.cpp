// SPDX-License-Identifier: MIT
// The promises of a program: versions of state, order, dead code, memory, stopping, no allocation while running.
#include "betwixt/tensor/program.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "betwixt/core/error.h"
#include "betwixt/cpu/cpu_device.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/concat.h"
#include "betwixt/ops/fill.h"
#include "betwixt/ops/gradient.h"
#include "betwixt/ops/matmul.h"
#include "betwixt/ops/reduce.h"
#include "betwixt/ops/reshape.h"
#include "betwixt/ops/slice.h"
#include "betwixt/ops/unary.h"
#include "count_allocations.h"

namespace betwixt {
namespace {

using Floats = std::vector<float>;

class ProgramTest : public testing::Test {
 protected:
  State state(const char* name, Floats values) {
    State s(device, name, {{static_cast<std::int64_t>(values.size())}, DType::kF32});
    s.write(values);
    return s;
  }
  Device device = cpu_device({.threads = 2});
};

TEST_F(ProgramTest, ReadGivesTheValueAtTheStartOfTheStep) {
  const State s = state("s", {1, 2});
  const Tensor next = assign(s, read(s) * 3.0);
  Program program(device, {read(s), next, next + 1.0});
  program.run();
  EXPECT_EQ(program.values<float>(0), (Floats{1, 2}));
  EXPECT_EQ(program.values<float>(1), (Floats{3, 6}));
  EXPECT_EQ(program.values<float>(2), (Floats{4, 7}));
  EXPECT_EQ(s.values<float>(), (Floats{3, 6}));
  program.run(2);
  EXPECT_EQ(program.values<float>(0), (Floats{9, 18}));
  EXPECT_EQ(s.values<float>(), (Floats{27, 54}));
}

TEST_F(ProgramTest, TwoStatesCanSwap) {
  for (const bool alias : {true, false}) {
    const State a = state("a", {1});
    const State b = state("b", {2});
    Program program(device, {assign(a, read(b)), assign(b, read(a))}, {.alias = alias});
    program.run(3);
    EXPECT_EQ(a.values<float>(), Floats{2});
    EXPECT_EQ(b.values<float>(), Floats{1});
  }
}

TEST_F(ProgramTest, AnOldVersionReadAfterTheUpdateStaysOld) {
  const State s = state("s", {5});
  const Tensor old = read(s);
  const Tensor next = assign(s, old + 1.0);
  Program program(device, {next, old * 10.0});  // made after the update, wants the old value
  program.run();
  EXPECT_EQ(program.values<float>(1), Floats{50});
  EXPECT_EQ(s.values<float>(), Floats{6});
}

TEST_F(ProgramTest, TheLastVersionOfSeveralIsStored) {
  const State s = state("s", {1});
  const Tensor first = assign(s, read(s) + 1.0);
  const Tensor second = assign(s, first * 10.0);
  Program program(device, {second});
  program.run();
  EXPECT_EQ(s.values<float>(), Floats{20});
}

TEST_F(ProgramTest, AnUpdateThatIsAlsoAnOutputIsComputedInItsState) {
  const State s = state("s", {1, 2});
  Program program(device, {assign(s, read(s) * 3.0)});
  EXPECT_EQ(program.call_count(), 1);  // no copy into the state
  program.run(2);
  EXPECT_EQ(s.values<float>(), (Floats{9, 18}));
  EXPECT_EQ(program.values<float>(), (Floats{9, 18}));
}

TEST_F(ProgramTest, AValueThatIsAnOutputKeepsMemoryOfItsOwn) {
  const State s = state("s", {1, 2});
  const Tensor value = read(s) * 3.0;
  Program program(device, {value, assign(s, value)});
  program.run();
  s.write(Floats{0, 0});
  EXPECT_EQ(program.values<float>(0), (Floats{3, 6}));
}

TEST_F(ProgramTest, ConstantsStoredInAStateSurviveManySteps) {
  const State s = state("s", {1, 1});
  const Tensor c = constant({4, 5}, {2});
  Program program(device, {assign(s, c), c + read(s)});
  program.run(3);
  EXPECT_EQ(s.values<float>(), (Floats{4, 5}));
  EXPECT_EQ(program.values<float>(1), (Floats{8, 10}));
}

TEST_F(ProgramTest, NobodyPaysForWhatNobodyWants) {
  const State s = state("s", Floats(1000, 1));
  const Tensor wanted = sum(read(s), {0}, false);
  const Program lean(device, {wanted});
  const Tensor unused = exp(read(s) * 2.0);
  EXPECT_EQ(Program(device, {wanted}).call_count(), lean.call_count());
  EXPECT_GT(Program(device, {wanted, unused}).call_count(), lean.call_count());
}

TEST_F(ProgramTest, AliasingChangesMemoryButNoBit) {
  const State s = state("s", [] {
    Floats v(60);
    for (std::size_t i = 0; i < v.size(); ++i) v[i] = 0.01f * static_cast<float>(i) - 0.2f;
    return v;
  }());
  const Tensor x = reshape(read(s), {5, 12});
  const Tensor joined = concat({tanh(x), slice(x, 0, 1, 3), x * x}, 0);
  const Tensor y = sigmoid(exp(joined) + joined * 2.0);
  const Tensor next = assign(s, read(s) + reshape(slice(y, 0, 0, 5), {60}) * 0.1);
  std::vector<Floats> results;
  for (const bool alias : {true, false}) {
    const Floats start = s.values<float>();
    Program program(device, {y, next}, {.alias = alias});
    program.run(4);
    results.push_back(program.values<float>(0));
    results.push_back(s.values<float>());
    s.write(start);
  }
  EXPECT_EQ(results[0], results[2]);
  EXPECT_EQ(results[1], results[3]);
  EXPECT_LT(Program(device, {y}).peak_bytes(), Program(device, {y}, {.alias = false}).peak_bytes());
}

TEST_F(ProgramTest, PeakIsKnownAndRefusedBeforeAnythingIsAllocated) {
  const State s = state("s", Floats(4096, 1));
  const Tensor y = exp(read(s)) + 1.0;
  const std::size_t bytes = Program::plan_bytes(device, {y});
  EXPECT_EQ(Program(device, {y}).peak_bytes(), bytes);
  EXPECT_GE(bytes, 4096 * sizeof(float));
  try {
    Program(device, {y}, {.memory_limit = bytes - 1});
    FAIL() << "the limit was ignored";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kLimit);
    EXPECT_STREQ(error.limit_name(), "memory_limit");
    EXPECT_NE(std::string(error.what()).find(std::to_string(bytes)), std::string::npos) << error.what();
  }
}

TEST_F(ProgramTest, RunningAllocatesNothing) {
  const State w = state("w", Floats(64 * 32, 0.01f));
  const State x = state("x", Floats(16 * 64, 0.5f));
  const Tensor weights = reshape(read(w), {64, 32});
  const Tensor y = tanh(matmul(reshape(read(x), {16, 64}), weights));
  const Tensor loss = mean(square(y - 0.3), {0, 1}, false);
  const Tensor g = gradient(loss, {weights})[0];
  Program program(device, {loss, assign(w, reshape(weights - g * 0.1, {64 * 32}))});
  program.run(1);
  const AllocationCounter counter;
  program.run(20);
  program.run_for(1.0);
  EXPECT_EQ(counter.count(), 0);
}

TEST_F(ProgramTest, RunForDoesWholeStepsWithinTheBudget) {
  const State counter = state("n", {0});
  Program program(device, {assign(counter, read(counter) + 1.0)});
  const RunResult result = program.run_for(20);
  EXPECT_GE(result.steps, 1);
  EXPECT_EQ(counter.values<float>()[0], static_cast<float>(result.steps));
  EXPECT_FALSE(result.stopped);
}

TEST_F(ProgramTest, AStopLeavesWholeSteps) {
  const State counter = state("n", {0});
  Program program(device, {assign(counter, read(counter) + 1.0)});
  std::atomic<bool> stop{false};
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    stop = true;
  });
  const RunResult result = program.run(std::int64_t{1} << 40, &stop);
  other.join();
  EXPECT_TRUE(result.stopped);
  EXPECT_EQ(static_cast<std::int64_t>(counter.values<float>()[0]) & 0xffff,
            static_cast<std::int64_t>(static_cast<float>(result.steps)) & 0xffff);
}

TEST_F(ProgramTest, CallersMistakesAreNamed) {
  const State s = state("s", {1, 2});
  EXPECT_THROW(s.write(Floats{1}), Error);
  EXPECT_THROW((void)s.values<double>(), Error);
  EXPECT_THROW(assign(s, zeros({3})), Error);
  EXPECT_THROW(Program(device, {Tensor()}), Error);
  EXPECT_THROW(Program().run(), Error);
  EXPECT_THROW(Program(cpu_device(), {read(s)}), Error) << "a state of another device";
  Program program(device, {read(s)});
  EXPECT_THROW(program.run(-1), Error);
  EXPECT_THROW(program.run_for(0), Error);
  EXPECT_THROW((void)program.values<float>(1), Error);
}

TEST_F(ProgramTest, HazardsAreMarkedOnlyWhereBytesMeet) {
  const State a = state("a", Floats(8, 1));
  const Tensor x = exp(read(a));
  const Tensor y = tanh(read(a));  // independent of x
  const Program independent(device, {x, y});
  EXPECT_EQ(independent.barrier_count(), 0);
  const Program chained(device, {tanh(x)});
  EXPECT_EQ(chained.barrier_count(), 1);
}

}  // namespace
}  // namespace betwixt
