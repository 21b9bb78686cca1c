// SPDX-License-Identifier: MIT
// Training from outside: early stopping, both sets of weights, background and cancel through a method's options.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <future>
#include <thread>

#include "betwixt/core/error.h"
#include "betwixt/cpu/cpu_device.h"
#include "betwixt/methods/autoencoder/denoise.h"
#include "tests/support/temporary.h"

namespace betwixt {
namespace {

Images noise(int count, int side) {
  Images images(count, side, side, 1);
  std::uint32_t state = 1;
  for (std::uint8_t& pixel : images.pixels)
    pixel = static_cast<std::uint8_t>((state = state * 1664525u + 1013904223u) >> 24);
  return images;
}

class DenoiseControlTest : public testing::Test {
 protected:
  Device device = cpu_device({.threads = 2});
  Autoencoder model{device, {.picture = {16, 16, 1}, .code = 2, .channels = 8}};
  TrainingControl control;
  std::string checkpoint = test::temporary_path("denoise_control.ckpt");

  void SetUp() override { clean(); }
  void TearDown() override { clean(); }
  void clean() {
    for (const char* suffix : {"", ".1", ".tmp"}) std::filesystem::remove(checkpoint + suffix);
  }
  /// Pauses at its first report when asked to.
  std::future<DenoiseReport> start(DenoiseOptions options, bool pauses = false) {
    options.control = &control;
    return std::async(std::launch::async, [this, options, pauses]() mutable {
      return train(model, noise(12, 16), options, [&](const Progress&) {
        if (pauses) control.pause();
        pauses = false;
        return true;
      });
    });
  }
  void wait_for_step(std::int64_t step) {
    while (control.status().step < step) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
};

TEST_F(DenoiseControlTest, EarlyStoppingKeepsTheBestAndTheLastWeights) {
  // Noise cannot be predicted: held-out pictures get worse once the others are learned by heart.
  const DenoiseReport report =
      train(model, noise(24, 16), {.steps = 4000, .learning_rate = 5e-3, .validation = 0.25, .patience = 400});
  EXPECT_TRUE(report.fit.ended_early);
  EXPECT_LT(report.fit.steps, 4000);
  EXPECT_GE(report.fit.steps - report.best_step, 400);
  EXPECT_FALSE(report.best == report.last);
  EXPECT_EQ(WeightsCopy(model.parameters()), report.best) << "the model is left with the best";
  report.last.restore(model.parameters());
  EXPECT_EQ(WeightsCopy(model.parameters()), report.last);
  EXPECT_THROW(train(model, noise(4, 16), {.patience = 100}), Error) << "patience needs pictures held out";
}

TEST_F(DenoiseControlTest, InTheBackgroundTheStateIsDurableAndTheRunCanBeKilledThere) {
  const DenoiseOptions options{.steps = 500, .seed = 4, .checkpoint = checkpoint, .checkpoint_seconds = 1e9};
  auto done = start(options, true);
  wait_for_step(1);
  const BackgroundResult result = control.enter_background(10'000);
  EXPECT_TRUE(result.saved);
  const std::int64_t saved = control.status().saved_step;
  // What would be left after a kill: another process goes on from the file and ends with the same bits.
  const std::string copy = checkpoint + ".copy";
  std::filesystem::copy_file(checkpoint, copy, std::filesystem::copy_options::overwrite_existing);
  EXPECT_GT(saved, 0);
  EXPECT_LT(saved, options.steps);
  control.leave_background();
  control.resume();
  EXPECT_FALSE(done.get().fit.stopped);
  const WeightsCopy whole(model.parameters());
  const Autoencoder other(device, model.options());
  DenoiseOptions resumed = options;
  resumed.checkpoint = copy;
  EXPECT_EQ(train(other, noise(12, 16), resumed).resumed_at, saved);
  EXPECT_EQ(WeightsCopy(other.parameters()), whole);
  for (const char* suffix : {"", ".1"}) std::filesystem::remove(copy + suffix);
}

TEST_F(DenoiseControlTest, CancelReturnsWithWhatWasLearned) {
  auto done = start({.steps = 100'000'000, .validation = 0.25});
  wait_for_step(20);
  const TrainingStatus status = control.status();
  EXPECT_EQ(status.steps, 100'000'000);
  EXPECT_GT(status.steps_per_second, 0);
  EXPECT_GT(status.peak_bytes, 0u);
  control.cancel();
  const DenoiseReport report = done.get();
  EXPECT_TRUE(report.fit.cancelled);
  EXPECT_GE(report.fit.steps, 20);
  EXPECT_EQ(control.status().phase, TrainingPhase::kCancelled);
}

TEST_F(DenoiseControlTest, AMemoryLimitIsRefusedInAdvanceWithTheFigures) {
  for (const std::uint64_t limit : {1000, 200'000}) {  // below the weights, and below the step
    try {
      train(model, noise(12, 16), {.memory_limit = limit});
      FAIL() << limit;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kLimit);
      EXPECT_STREQ(error.limit_name(), "memory_limit");
      EXPECT_NE(std::string(error.what()).find(std::to_string(limit)), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace betwixt
