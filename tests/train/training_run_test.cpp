// SPDX-License-Identifier: MIT
#include "betwixt/train/training_run.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "betwixt/core/error.h"
#include "tests/train/small_run.h"

namespace betwixt {
namespace {

/// Waits for something another thread is about to do.
template <class Condition>
void wait_for(Condition condition) {
  while (!condition()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

class TrainingRunTest : public testing::Test {
 protected:
  SmallRun run{1};
  TrainingControl control;
  std::atomic<int> saves{0};
  static constexpr std::int64_t kForEver = 1'000'000'000;

  FitOptions endless() {
    return {.steps = kForEver, .report_seconds = 0.01, .control = &control, .save_seconds = 1e9, .save = [this] {
              ++saves;
            }};
  }
  std::future<FitReport> train(FitOptions options) {
    return std::async(std::launch::async, [this, options] { return fit(run.trainer, options); });
  }
  void wait_until_running() {
    wait_for([&] { return control.status().step > 0; });
  }
  /// No step is done while the control says so.
  void expect_standing_still() {
    const std::int64_t before = run.trainer.step();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_EQ(run.trainer.step(), before);
  }
};

TEST_F(TrainingRunTest, PiecesGiveTheSameBitsAsOneRun) {
  SmallRun whole(1);
  whole.trainer.run(200);
  TrainingRun pieces(run.trainer, {.steps = 200});
  while (!pieces.done()) pieces.run_for(0.2);
  EXPECT_EQ(pieces.run_for(1).steps, 0) << "a run that is done does nothing";
  EXPECT_EQ(pieces.finish().steps, 200);
  EXPECT_EQ(run.everything(), whole.everything());
  EXPECT_THROW(pieces.run_for(0), Error);
}

TEST_F(TrainingRunTest, WatchingComesAtItsStepsHoweverThePiecesFall) {
  std::vector<std::int64_t> seen;
  const FitOptions options{.steps = 45, .watch_every = 10, .watch = [&](std::int64_t step, double) {
                             seen.push_back(step);
                             return std::string("look");
                           }};
  const FitReport report = fit(run.trainer, options);
  EXPECT_EQ(seen, (std::vector<std::int64_t>{10, 20, 30, 40}));
  EXPECT_EQ(report.warning, "look");
}

TEST_F(TrainingRunTest, EnoughEndsTheRun) {
  const FitReport report = fit(run.trainer, {.steps = 1000,
                                             .watch_every = 10,
                                             .watch = [](std::int64_t, double) { return std::string(); },
                                             .enough = [&] { return run.trainer.step() == 30; }});
  EXPECT_TRUE(report.ended_early);
  EXPECT_FALSE(report.stopped);
  EXPECT_EQ(run.trainer.step(), 30);
}

TEST_F(TrainingRunTest, CancelFromAnotherThreadLeavesAWholeStep) {
  auto done = train(endless());
  wait_until_running();
  control.cancel();
  const FitReport report = done.get();
  EXPECT_TRUE(report.stopped);
  EXPECT_TRUE(report.cancelled);
  EXPECT_EQ(saves, 1) << "the last state is saved";
  EXPECT_EQ(control.status().phase, TrainingPhase::kCancelled);
  SmallRun same(2);
  same.trainer.run(report.steps);
  EXPECT_EQ(run.everything(), same.everything());
}

TEST_F(TrainingRunTest, ACancelledControlStartsNothing) {
  control.cancel();
  const FitReport report = fit(run.trainer, endless());
  EXPECT_EQ(report.steps, 0);
  EXPECT_TRUE(report.cancelled);
}

TEST_F(TrainingRunTest, PauseAndResume) {
  auto done = train(endless());
  wait_until_running();
  control.pause();
  EXPECT_EQ(control.status().phase, TrainingPhase::kPaused);
  ASSERT_TRUE(control.enter_background().stopped) << "the step under way has ended";
  control.leave_background();
  expect_standing_still();
  const std::int64_t before = run.trainer.step();
  control.resume();
  wait_for([&] { return control.status().step > before; });
  control.pause();
  control.cancel();
  EXPECT_TRUE(done.get().cancelled) << "a paused run can be cancelled";
}

TEST_F(TrainingRunTest, BackgroundStopsAllStepsAndSaves) {
  auto done = train(endless());
  wait_until_running();
  const BackgroundResult result = control.enter_background();
  EXPECT_TRUE(result.stopped);
  EXPECT_TRUE(result.saved);
  EXPECT_EQ(saves, 1);
  EXPECT_EQ(control.status().phase, TrainingPhase::kBackground);
  EXPECT_EQ(control.status().saved_step, run.trainer.step()) << "what was saved is the state reached";
  expect_standing_still();
  const std::int64_t before = run.trainer.step();
  control.leave_background();
  wait_for([&] { return control.status().step > before; });
  control.cancel();
  done.get();
}

TEST_F(TrainingRunTest, AFailedSaveIsReportedAndTheRunGoesOn) {
  FitOptions options = endless();
  bool full = true;
  options.save = [&] {
    if (full) throw Error(ErrorCode::kIo, "test", "no space left");
  };
  auto done = train(options);
  wait_until_running();
  const BackgroundResult result = control.enter_background();
  EXPECT_TRUE(result.stopped);
  EXPECT_FALSE(result.saved);
  EXPECT_TRUE(result.failed);
  EXPECT_EQ(result.error.code(), ErrorCode::kIo);
  full = false;
  const std::int64_t before = run.trainer.step();
  control.leave_background();
  wait_for([&] { return control.status().step > before; });
  control.cancel();
  done.get();
}

TEST_F(TrainingRunTest, BackgroundBetweenFramesSavesOnTheCallersThread) {
  TrainingRun frames(run.trainer, endless());
  EXPECT_GT(frames.run_for(1).steps, 0);
  EXPECT_EQ(control.status().phase, TrainingPhase::kReady);
  EXPECT_TRUE(control.enter_background(0).saved);
  EXPECT_EQ(frames.run_for(1).steps, 0) << "nothing is submitted in the background";
  control.leave_background();
  control.pause();
  EXPECT_EQ(frames.run_for(1).steps, 0);
  control.resume();
  EXPECT_GT(frames.run_for(1).steps, 0);
  EXPECT_EQ(saves, 1);
}

TEST_F(TrainingRunTest, ARunThatStartsInTheBackgroundWaits) {
  EXPECT_TRUE(control.enter_background().stopped) << "there is no run";
  auto done = train(endless());
  std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(run.trainer.step(), 0);
  control.leave_background();
  wait_until_running();
  control.cancel();
  done.get();
}

TEST_F(TrainingRunTest, MemoryPressureFreesTheStepAndChangesNoBit) {
  SmallRun whole(1);
  whole.trainer.run(100);
  const TrainingMemory memory = run.trainer.memory();
  EXPECT_GT(memory.program_bytes, 0u);
  EXPECT_EQ(memory.peak(), memory.total());
  TrainingRun frames(run.trainer, {.steps = 100, .control = &control});
  while (!frames.done()) {
    frames.run_for(0.1);
    EXPECT_EQ(control.status().current_bytes, memory.total());
    EXPECT_TRUE(control.reduce_memory(0));
    EXPECT_EQ(run.trainer.memory().program_bytes, 0u);
    EXPECT_EQ(control.status().current_bytes, memory.state_bytes);
    EXPECT_EQ(control.status().peak_bytes, memory.peak());
  }
  EXPECT_EQ(run.everything(), whole.everything());
}

TEST_F(TrainingRunTest, MemoryPressureWhileAnotherThreadTrains) {
  auto done = train(endless());
  wait_until_running();
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(control.reduce_memory(10000));
  control.cancel();
  SmallRun same(1);
  same.trainer.run(done.get().steps);
  EXPECT_EQ(run.everything(), same.everything());
}

TEST_F(TrainingRunTest, CallbacksMayUseTheControl) {
  int calls = 0;
  FitOptions options = endless();
  options.save = [&] { EXPECT_FALSE(control.cancelled()); };
  options.save_seconds = 0;
  const FitReport report = fit(run.trainer, options, [&](const Progress& progress) {
    EXPECT_GE(progress.step, control.status().step);
    control.pause();
    control.resume();
    return ++calls < 5;
  });
  EXPECT_TRUE(report.stopped);
  EXPECT_FALSE(report.cancelled);
  EXPECT_EQ(control.status().phase, TrainingPhase::kFinished);
}

TEST_F(TrainingRunTest, EveryCallFromManyThreadsAtOnce) {
  auto done = train(endless());
  wait_until_running();
  std::vector<std::future<void>> threads;
  for (int t = 0; t < 6; ++t)
    threads.push_back(std::async(std::launch::async, [this, t] {
      for (int i = 0; i < 30; ++i) {
        if (t == 0) {
          control.pause();
          control.resume();
        } else if (t == 1) {
          EXPECT_TRUE(control.enter_background(10000).stopped);
          control.leave_background();
        } else if (t == 2) {
          EXPECT_TRUE(control.reduce_memory(10000));
        } else {
          EXPECT_GE(control.status().step, 0);
        }
      }
    }));
  for (auto& thread : threads) thread.get();
  const std::int64_t before = control.status().step;
  wait_for([&] { return control.status().step > before; });
  control.cancel();
  SmallRun same(1);
  same.trainer.run(done.get().steps);
  EXPECT_EQ(run.everything(), same.everything());
}

TEST_F(TrainingRunTest, AnErrorInTheRunLetsGoOfTheControl) {
  FitOptions options = endless();
  options.watch_every = 1;
  options.watch = [](std::int64_t, double) -> std::string { throw Error(ErrorCode::kDeviceLost, "test", "gone"); };
  EXPECT_THROW(fit(run.trainer, options), Error);
  EXPECT_EQ(control.status().phase, TrainingPhase::kFailed);
  EXPECT_TRUE(fit(run.trainer, {.steps = run.trainer.step() + 5, .control = &control}).steps == 5);
}

TEST_F(TrainingRunTest, MistakesAreNamed) {
  const std::atomic<bool> stop{false};
  EXPECT_THROW(TrainingRun(run.trainer, {.stop = &stop, .control = &control}), Error);
  const TrainingRun first(run.trainer, {.control = &control});
  EXPECT_THROW(TrainingRun(run.trainer, {.control = &control}), Error) << "one run at a time";
}

TEST_F(TrainingRunTest, TheMemoryLimitCountsWeightsMomentsAndData) {
  const std::size_t needed = run.trainer.memory().total();
  EXPECT_NO_THROW(SmallRun(1, needed));
  try {
    const SmallRun refused(1, needed - 1);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kLimit);
    EXPECT_NE(std::string(error.what()).find(std::to_string(needed)), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find(std::to_string(needed - 1)), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace betwixt
