// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <filesystem>

#include "betwixt/core/error.h"
#include "betwixt/train/training_checkpoint.h"
#include "tests/support/temporary.h"
#include "tests/train/small_run.h"

namespace betwixt {
namespace {

class CheckpointTest : public testing::Test {
 protected:
  std::string path = test::temporary_path("training.ckpt");
  void SetUp() override { clean(); }
  void TearDown() override { clean(); }
  void clean() {
    for (const char* suffix : {"", ".1", ".tmp"}) std::filesystem::remove(path + suffix);
  }
};

TEST_F(CheckpointTest, AResumedRunEndsWithTheSameBits) {
  SmallRun whole(2);
  whole.trainer.run(60);
  {
    SmallRun first(1);
    first.trainer.run(23);
    save_training(default_file_system(), path, first.trainer, "run");
  }
  SmallRun second(2);
  const TrainingRestored restored = load_training(default_file_system(), path, second.trainer, "run");
  EXPECT_TRUE(restored.found);
  EXPECT_EQ(restored.step, 23);
  EXPECT_EQ(restored.note, "");
  second.trainer.run(37);
  EXPECT_EQ(second.everything(), whole.everything());
}

TEST_F(CheckpointTest, AFirstSaveCutShortStartsAfresh) {
  // What a process leaves that is killed in its very first save: some part of the temporary file, and nothing else.
  SmallRun run(1);
  run.trainer.run(23);
  save_training(default_file_system(), path, run.trainer, "run");
  const std::string temporary = path + ".tmp";
  const std::uintmax_t size = std::filesystem::file_size(path);
  std::filesystem::rename(path, temporary);
  for (const std::uintmax_t part : {size - 1, size / 2, std::uintmax_t{1}, std::uintmax_t{0}}) {
    std::filesystem::resize_file(temporary, part);
    SmallRun next(1);
    const TrainingRestored restored = load_training(default_file_system(), path, next.trainer, "run");
    EXPECT_FALSE(restored.found) << part << " bytes";
    EXPECT_EQ(next.trainer.step(), 0);
  }
  save_training(default_file_system(), path, run.trainer, "run");
  SmallRun resumed(1);
  EXPECT_EQ(load_training(default_file_system(), path, resumed.trainer, "run").step, 23);
}

TEST_F(CheckpointTest, EveryStateMatters) {
  // Leaving any one state as it was at the start changes the end of the run, or it would not have to be saved.
  SmallRun whole(1);
  whole.trainer.run(60);
  const auto wanted = whole.parameters.arena().values<float>();
  SmallRun first(1);
  const auto fresh = first.everything();
  first.trainer.run(23);
  const auto saved = first.everything();
  int differs = 0;
  for (std::size_t skipped = 0; skipped < saved.size(); ++skipped) {
    const std::string& name = first.trainer.states()[skipped].name();
    SmallRun second(1);
    for (std::size_t i = 0; i < saved.size(); ++i)
      second.trainer.states()[i].write_bytes(i == skipped ? fresh[i] : saved[i]);
    second.trainer.run(37);
    const bool same = second.parameters.arena().values<float>() == wanted && second.everything() == whole.everything();
    differs += !same;
    if (name != "trainer.refused") EXPECT_FALSE(same) << name;
  }
  EXPECT_GE(differs, 6);
}

TEST_F(CheckpointTest, AnotherRunIsRefusedAndLeavesTheTrainerAlone) {
  SmallRun first(1);
  first.trainer.run(5);
  save_training(default_file_system(), path, first.trainer, "run");
  SmallRun second(1);
  const auto before = second.everything();
  EXPECT_THROW(load_training(default_file_system(), path, second.trainer, "another run"), Error);
  EXPECT_EQ(second.everything(), before);
}

TEST_F(CheckpointTest, ARunGoesOnWithAndWithoutALossScale) {
  for (const double scale : {1.0, 1024.0}) {
    SmallRun first(1, 0, scale);
    first.trainer.run(5);
    save_training(default_file_system(), path, first.trainer, "run");
    SmallRun second(1, 0, 1025 - scale);
    EXPECT_EQ(load_training(default_file_system(), path, second.trainer, "run").step, 5);
    first.trainer.run(5);
    second.trainer.run(5);
    const auto weights = [](const SmallRun& run) {
      std::vector<std::byte> bytes(run.parameters.arena().type().bytes());
      run.parameters.arena().read_bytes(bytes);
      return bytes;
    };
    EXPECT_EQ(weights(second), weights(first)) << "a power of two costs no rounding";
    std::filesystem::remove(path);
    std::filesystem::remove(path + ".1");
  }
}

TEST_F(CheckpointTest, NoCheckpointIsAFreshStart) {
  SmallRun run(1);
  EXPECT_FALSE(load_training(default_file_system(), path, run.trainer, "run").found);
}

TEST_F(CheckpointTest, ADamagedNewestGenerationFallsBackToTheOneBefore) {
  SmallRun run(1);
  run.trainer.run(5);
  save_training(default_file_system(), path, run.trainer, "run");
  run.trainer.run(5);
  save_training(default_file_system(), path, run.trainer, "run");
  {
    const auto size = std::filesystem::file_size(path);
    std::filesystem::resize_file(path, size - 7);
  }
  SmallRun second(1);
  const TrainingRestored restored = load_training(default_file_system(), path, second.trainer, "run");
  EXPECT_EQ(restored.step, 5);
  EXPECT_NE(restored.note, "");
}

}  // namespace
}  // namespace betwixt
