// SPDX-License-Identifier: MIT
#include "betwixt/gpu/detail/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace betwixt::gpu {
namespace {

// A made-up GPU: every dispatch takes `each` milliseconds.
struct Simulation {
  Schedule schedule;
  double each;
  double longest = 0;

  void step() {
    const std::vector<Span> spans = schedule.spans();
    bool changed = false;
    for (std::size_t i = 0; i < spans.size(); ++i) {
      const double time = each * static_cast<double>(spans[i].end - spans[i].begin);
      longest = std::max(longest, time);
      if (!changed) changed = schedule.measured(i, 1, time);
    }
  }
};

void expect_whole(const Schedule& schedule, std::size_t dispatches) {
  std::size_t next = 0;
  for (const Span& span : schedule.spans()) {
    EXPECT_EQ(span.begin, next);
    next = span.end;
  }
  EXPECT_EQ(next, dispatches);
}

TEST(GpuSchedule, ShortStepsAreJoined) {
  Simulation gpu{Schedule(100, 16, false), 0.01};
  EXPECT_EQ(gpu.schedule.spans().size(), 4u);
  EXPECT_EQ(gpu.schedule.steps_per_submission(50, 0), 1);
  gpu.step();
  EXPECT_TRUE(gpu.schedule.whole_step());
  expect_whole(gpu.schedule, 100);
  EXPECT_EQ(gpu.schedule.steps_per_submission(50, 0), 16);
  EXPECT_EQ(gpu.schedule.steps_per_submission(3, 0), 3);
  EXPECT_EQ(gpu.schedule.steps_per_submission(50, 4), 4);
  EXPECT_EQ(gpu.schedule.steps_per_submission(50, 0.1), 1);
}

TEST(GpuSchedule, LongStepsAreCutToTheBudget) {
  Simulation gpu{Schedule(100, 16, false), 3};
  for (int i = 0; i < 20; ++i) gpu.step();
  gpu.longest = 0;
  for (int i = 0; i < 40; ++i) gpu.step();
  EXPECT_LE(gpu.longest, 16);
  expect_whole(gpu.schedule, 100);
  EXPECT_EQ(gpu.schedule.steps_per_submission(50, 0), 1);
}

TEST(GpuSchedule, ADispatchIsNeverCut) {
  Simulation gpu{Schedule(5, 16, false), 200};
  for (int i = 0; i < 10; ++i) gpu.step();
  EXPECT_EQ(gpu.schedule.spans().size(), 5u);
  expect_whole(gpu.schedule, 5);
}

TEST(GpuSchedule, FollowsADeviceThatSlowsDownAndRecovers) {
  Simulation gpu{Schedule(64, 16, false), 0.05};
  for (int i = 0; i < 20; ++i) gpu.step();
  EXPECT_TRUE(gpu.schedule.whole_step());
  gpu.each = 1;
  for (int i = 0; i < 60; ++i) gpu.step();
  EXPECT_FALSE(gpu.schedule.whole_step());
  gpu.longest = 0;
  gpu.step();
  EXPECT_LE(gpu.longest, 24);
  gpu.each = 0.05;
  for (int i = 0; i < 80; ++i) gpu.step();
  EXPECT_TRUE(gpu.schedule.whole_step());
}

TEST(GpuSchedule, SoftwareIsNeverCut) {
  Simulation gpu{Schedule(500, 16, true), 10};
  for (int i = 0; i < 5; ++i) gpu.step();
  EXPECT_TRUE(gpu.schedule.whole_step());
  EXPECT_NEAR(gpu.schedule.step_milliseconds(), 5000, 1);
}

TEST(GpuSchedule, AnEmptyStepIsOneSpan) {
  Schedule schedule(0, 16, false);
  EXPECT_TRUE(schedule.whole_step());
  schedule.measured(0, 1, 0);
  EXPECT_EQ(schedule.steps_per_submission(1000, 0), 64);
}

}  // namespace
}  // namespace betwixt::gpu
