// SPDX-License-Identifier: MIT
// Time budgets follow the clock that the device was given.
#include <gtest/gtest.h>

#include "betwixt/cpu/cpu_device.h"
#include "betwixt/ops/unary.h"
#include "betwixt/tensor/program.h"
#include "tests/support/manual_clock.h"

namespace betwixt {
namespace {

using test_support::kMillisecond;
using test_support::ManualClock;

/// A program whose every step adds one.
struct Counter {
  explicit Counter(Clock& clock)
      : device(cpu_device({.threads = 1, .clock = &clock})),
        count(device, "count", {{1}, DType::kF32}),
        program(device, {assign(count, affine(read(count), 1, 1))}) {}

  Device device;
  State count;
  Program program;
};

TEST(RunFor, StopsWhenTheDevicesClockSaysSo) {
  ManualClock clock(kMillisecond);  // each look takes a millisecond: one look before, one after every step
  Counter counter(clock);
  const RunResult result = counter.program.run_for(20);
  EXPECT_EQ(result.steps, 20);
  EXPECT_EQ(counter.count.values<float>()[0], 20);
  EXPECT_GE(result.milliseconds, 20);
}

TEST(RunFor, DoesAtLeastOneStepThoughADayWentBy) {
  ManualClock clock(std::int64_t{86400} * 1000 * kMillisecond);
  Counter counter(clock);
  EXPECT_EQ(counter.program.run_for(5).steps, 1);
}

TEST(RunFor, AClockSetBackDoesNotEndInAnError) {
  ManualClock clock(kMillisecond);
  Counter counter(clock);
  clock.advance(-3600 * test_support::kSecond);
  EXPECT_EQ(counter.program.run_for(5).steps, 5);
  EXPECT_EQ(counter.program.run(3).steps, 3);
}

}  // namespace
}  // namespace betwixt
