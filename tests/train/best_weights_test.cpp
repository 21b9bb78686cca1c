// SPDX-License-Identifier: MIT
#include "betwixt/train/best_weights.h"

#include <gtest/gtest.h>

#include <cmath>

#include "betwixt/core/error.h"
#include "betwixt/nn/weights_copy.h"
#include "betwixt/train/fit.h"
#include "betwixt/train/training_checkpoint.h"
#include "tests/support/memory_files.h"
#include "tests/train/small_run.h"

namespace betwixt {
namespace {

TEST(BestWeightsTest, KeepsTheWeightsOfTheSmallestErrorWithTheirStatistics) {
  SmallRun run(1);
  BestWeights best(run.parameters, run.trainer);
  EXPECT_FALSE(best.any());
  EXPECT_FALSE(best.look(std::nan("")));
  run.trainer.run(3);
  EXPECT_TRUE(best.look(0.5));
  const WeightsCopy at_three(run.parameters);
  run.trainer.run(3);
  EXPECT_FALSE(best.look(0.5)) << "as good is not better";
  EXPECT_EQ(best.step(), 3);
  EXPECT_EQ(best.error(), 0.5);
  const WeightsCopy last(run.parameters);
  best.restore();
  EXPECT_EQ(WeightsCopy(run.parameters), at_three);
  EXPECT_NE(WeightsCopy(run.parameters), last);
}

TEST(BestWeightsTest, PatienceEndsARunAndAResumedRunEndsAtTheSameStep) {
  // The error falls until step 40 and rises again.
  auto train = [](SmallRun& run, BestWeights& best, std::int64_t steps) {
    return fit(run.trainer, {.steps = steps,
                             .watch_every = 10,
                             .watch =
                                 [&](std::int64_t step, double) {
                                   best.look(std::abs(static_cast<double>(step) - 40));
                                   return std::string();
                                 },
                             .enough = [&] { return best.enough(); }});
  };
  SmallRun whole(1);
  BestWeights best(whole.parameters, whole.trainer, 30);
  const FitReport report = train(whole, best, 1000);
  EXPECT_TRUE(report.ended_early);
  EXPECT_EQ(whole.trainer.step(), 70);
  EXPECT_EQ(best.step(), 40);

  for (const std::int64_t killed_at : {20, 50, 70}) {
    test_support::MemoryFiles files;
    SmallRun first(1);
    BestWeights first_best(first.parameters, first.trainer, 30);
    train(first, first_best, killed_at);
    save_training(files, "run", first.trainer, "run");
    SmallRun second(1);
    BestWeights second_best(second.parameters, second.trainer, 30);
    EXPECT_TRUE(load_training(files, "run", second.trainer, "run").found);
    train(second, second_best, 1000);
    EXPECT_EQ(second.trainer.step(), 70) << "killed at " << killed_at;
    EXPECT_EQ(second.everything(), whole.everything());
  }
  EXPECT_THROW(BestWeights(whole.parameters, whole.trainer, -1), Error);
}

}  // namespace
}  // namespace betwixt
