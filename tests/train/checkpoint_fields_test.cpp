// SPDX-License-Identifier: MIT
// What a training checkpoint must hold, what happens when part of it is missing, and what a failing disk does to a run.
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

#include "betwixt/core/error.h"
#include "betwixt/io/checkpoint.h"
#include "betwixt/train/fit.h"
#include "betwixt/train/training_checkpoint.h"
#include "tests/support/manual_clock.h"
#include "tests/support/memory_files.h"
#include "tests/train/small_run.h"

namespace betwixt {
namespace {

using test_support::kSecond;
using test_support::ManualClock;
using test_support::MemoryFiles;

constexpr char kPath[] = "run.ckpt";

TEST(CheckpointFields, HoldsWeightsMomentsStatisticsStepAndHistory) {
  MemoryFiles files;
  SmallRun run(1);
  run.trainer.run(3);
  save_training(files, kPath, run.trainer, "run");
  const Checkpoint checkpoint = load_checkpoint(files, kPath);
  std::vector<std::string> names;
  for (const NamedBlob& blob : checkpoint.tensors) names.push_back(blob.name);
  for (const char* name : {"run", "run.first_moment", "run.second_moment", "norm.running_mean", "norm.running_var",
                           "trainer.step", "trainer.refused", "trainer.log.loss"})
    EXPECT_EQ(std::count(names.begin(), names.end(), name), 1) << name;
  EXPECT_EQ(JsonField(checkpoint.metadata).at("step").integer(), 3);
  EXPECT_NE(checkpoint.description_hash, 0u);
}

TEST(CheckpointFields, WithoutAnyOneTensorItIsRefusedAndTheTrainerUntouched) {
  MemoryFiles files;
  SmallRun run(1);
  run.trainer.run(3);
  save_training(files, kPath, run.trainer, "run");
  const Checkpoint whole = load_checkpoint(files, kPath);
  SmallRun other(1);
  const auto before = other.everything();
  for (std::size_t dropped = 0; dropped < whole.tensors.size(); ++dropped) {
    std::vector<NamedBlob> less = whole.tensors;
    less.erase(less.begin() + static_cast<std::ptrdiff_t>(dropped));
    const std::vector<std::byte> extra(4);
    for (const bool replaced : {false, true}) {
      if (replaced) less.push_back({"something else", {Shape{1}, DType::kF32}, extra});
      MemoryFiles forged;
      save_checkpoint(forged, kPath, {.metadata = whole.metadata, .description_hash = whole.description_hash}, less);
      EXPECT_THROW(load_training(forged, kPath, other.trainer, "run"), Error) << whole.tensors[dropped].name;
      EXPECT_EQ(other.everything(), before);
    }
  }
}

/// The same run with another seed or order of data.
struct OtherRun {
  Device device = cpu_device({.threads = 1});
  DataSet data{device, SmallRun::pictures()};
  Parameters parameters{device, "run", 1};
  Dense layer{parameters, "layer", 16, 16};
  Optimizer optimizer{parameters, {}};
  Trainer trainer;

  OtherRun(std::uint64_t seed, bool shuffle)
      : trainer(device, {.seed = seed, .shuffle = shuffle}, [this](TrainStep& step) {
          const Tensor x = reshape(step.batch(data, 4), {4, 16});
          step.minimize(optimizer, mse_loss(layer(step.pass(), x), x));
        }) {}
};

TEST(CheckpointFields, SeedAndOrderOfTheDataBelongToTheRun) {
  MemoryFiles files;
  OtherRun run(1, true);
  run.trainer.run(2);
  save_training(files, kPath, run.trainer, "run");
  OtherRun same(1, true), other_seed(2, true), in_order(1, false);
  EXPECT_EQ(load_training(files, kPath, same.trainer, "run").step, 2);
  EXPECT_THROW(load_training(files, kPath, other_seed.trainer, "run"), Error);
  EXPECT_THROW(load_training(files, kPath, in_order.trainer, "run"), Error);
  EXPECT_THROW(load_training(files, kPath, same.trainer, "run of another schedule"), Error);
}

TEST(CheckpointFields, EveryFailingCallOfASaveLeavesTheRunAsItWas) {
  SmallRun whole(1);
  whole.trainer.run(12);
  for (std::int64_t call = 0;; ++call) {
    MemoryFiles files;
    SmallRun run(1);
    run.trainer.run(4);
    save_training(files, kPath, run.trainer, "run");
    run.trainer.run(4);
    files.fail_at(call, call % 2 ? ENOSPC : EIO);
    try {
      save_training(files, kPath, run.trainer, "run");
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kIo);
    }
    const bool happened = files.fault_happened();
    files.no_faults();
    SmallRun resumed(1);
    const std::int64_t step = load_training(files, kPath, resumed.trainer, "run").step;
    EXPECT_TRUE(step == 4 || step == 8) << step;
    resumed.trainer.run(12 - step);
    EXPECT_EQ(resumed.everything(), whole.everything()) << call;
    run.trainer.run(4);
    EXPECT_EQ(run.everything(), whole.everything()) << call;
    if (!happened) break;
  }
}

TEST(CheckpointFields, SavesComeWhenTheyAreDueByTheClock) {
  ManualClock clock;
  SmallRun run(1);
  int saves = 0;
  const auto minute = [&](const Progress&) {
    clock.advance(60 * kSecond);
    return true;
  };
  const FitReport report = fit(run.trainer,
                               {.steps = 40,
                                .report_seconds = 0,
                                .watch_every = 1,
                                .watch = [](std::int64_t, double) { return std::string(); },
                                .save_seconds = 150,
                                .save = [&] { ++saves; },
                                .clock = &clock},
                               minute);
  // A minute a step: the limit of 150 s is passed after every third, and the end saves once more.
  EXPECT_EQ(report.steps, 40);
  EXPECT_DOUBLE_EQ(report.seconds, 2400);
  EXPECT_EQ(saves, 40 / 3 + 1);
}

TEST(CheckpointFields, AFullDiskIsAWarningOnTheWayAndAnErrorAtTheEnd) {
  SmallRun whole(1);
  whole.trainer.run(30);
  for (const bool full_at_the_end : {false, true}) {
    MemoryFiles files;
    SmallRun run(1);
    ManualClock clock(kSecond);  // every look at the clock takes a second
    save_training(files, kPath, run.trainer, "run");
    files.fail_from(0, ENOSPC);
    const auto save = [&] { save_training(files, kPath, run.trainer, "run"); };
    const auto room_again = [&](const Progress& p) {
      if (p.step > 20 && !full_at_the_end) files.no_faults();
      return true;
    };
    try {
      const FitReport report =
          fit(run.trainer, {.steps = 30, .report_seconds = 0, .save_seconds = 2, .save = save, .clock = &clock},
              room_again);
      EXPECT_FALSE(full_at_the_end);
      EXPECT_NE(report.warning.find("could not be saved"), std::string::npos) << report.warning;
      SmallRun resumed(1);
      EXPECT_EQ(load_training(files, kPath, resumed.trainer, "run").step, 30);
    } catch (const Error& error) {
      EXPECT_TRUE(full_at_the_end) << error.what();
      EXPECT_EQ(error.system_error(), ENOSPC);
    }
    EXPECT_EQ(run.trainer.step(), 30);
    EXPECT_EQ(run.parameters.arena().values<float>(), whole.parameters.arena().values<float>());
  }
}

}  // namespace
}  // namespace betwixt
