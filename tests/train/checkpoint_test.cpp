// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <filesystem>

#include "betwixt/core/error.h"
#include "betwixt/cpu/cpu_device.h"
#include "betwixt/nn/layers.h"
#include "betwixt/ops/losses.h"
#include "betwixt/ops/random.h"
#include "betwixt/ops/reshape.h"
#include "betwixt/train/training_checkpoint.h"

namespace betwixt {
namespace {

/// A network with everything a checkpoint must hold: moments, batch norm statistics, noise, shuffled data.
struct SmallRun {
  Device device;
  DataSet data;
  Parameters parameters;
  Dense first;
  BatchNorm norm;
  Dense last;
  Optimizer optimizer;
  Trainer trainer;

  static Images pictures() {
    Images images(11, 4, 4, 1);
    for (std::size_t i = 0; i < images.pixels.size(); ++i) images.pixels[i] = static_cast<std::uint8_t>(i * 37 % 251);
    return images;
  }
  explicit SmallRun(int threads)
      : device(cpu_device({.threads = threads})),
        data(device, pictures()),
        parameters(device, "run", 1),
        first(parameters, "first", 16, 8),
        norm(parameters, "norm", 8),
        last(parameters, "last", 8, 16),
        optimizer(parameters,
                  {.rate = {.kind = ScheduleKind::kCosine, .base = 1e-2, .warmup_steps = 5, .total_steps = 60}}),
        trainer(device, {.seed = 9}, [this](TrainStep& step) {
          const Tensor x = reshape(step.batch(data, 4), {4, 16});
          const Tensor noisy = corrupt_normal(x, 0.1, step.stream("noise"), step.step());
          const Tensor loss = mse_loss(last(step.pass(), norm(step.pass(), first(step.pass(), noisy))), x);
          step.log("loss", loss);
          step.minimize(optimizer, loss);
        }) {}

  std::vector<std::vector<std::byte>> everything() const {
    std::vector<std::vector<std::byte>> all;
    for (const State& state : trainer.states()) {
      all.emplace_back(state.type().bytes());
      state.read_bytes(all.back());
    }
    return all;
  }
};

class CheckpointTest : public testing::Test {
 protected:
  std::string path = (std::filesystem::path(testing::TempDir()) / "training_checkpoint_test.ckpt").string();
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
