// SPDX-License-Identifier: MIT
// What happens when memory runs out: each allocation of a call fails in turn, once and for ever. The call must say
// E_OOM and nothing else, give back what it took, and work when it is made again. A program of its own, because it
// replaces the C++ heap; what the C libraries of the picture formats take from malloc does not fail here.
#include <gtest/gtest.h>

#include <cstring>
#include <optional>

#include "betwixt/media/encode.h"
#include "betwixt/media/picture_folder.h"
#include "betwixt/methods/autoencoder/model_file.h"
#include "betwixt/ops/binary.h"
#include "betwixt/train/training_checkpoint.h"
#include "tests/fuzz/failing_allocation.h"
#include "tests/support/memory_files.h"
#include "tests/train/small_run.h"

namespace betwixt {
namespace {

using Bytes = std::vector<std::byte>;
using test_support::MemoryFiles;

template <class T>
Bytes bytes_of(const std::vector<T>& values) {
  const auto bytes = std::as_bytes(std::span<const T>(values));
  return {bytes.begin(), bytes.end()};
}

Bytes joined(const std::vector<std::vector<std::byte>>& parts) {
  Bytes all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

enum class Outcome { kWorked, kOutOfMemory, kOtherError, kBadAlloc };

/// Calls with the failure planned. Whether it was reached comes back in `reached`; for failures that stay, only the
/// first tells.
template <class Case>
Outcome act(Case& one, std::int64_t number, bool fails_on, bool& reached) {
  Outcome outcome = Outcome::kWorked;
  fuzz::fail_allocation(number, fails_on);
  try {
    one.act();
  } catch (const Error& error) {
    outcome = error.code() == ErrorCode::kOutOfMemory ? Outcome::kOutOfMemory : Outcome::kOtherError;
  } catch (const std::bad_alloc&) {
    outcome = Outcome::kBadAlloc;
  }
  reached = fuzz::detail::allocations_left == 0;
  fuzz::no_failing_allocation();
  return outcome;
}

template <class Case>
Bytes result_of_one() {
  Case one;
  one.act();
  return one.result();
}

/// One failing call and the call after it. Returns whether the failure was reached.
template <class Case>
bool check_failure(std::int64_t number, bool fails_on, const Bytes& wanted) {
  bool reached = false;
  const std::size_t before = fuzz::live_bytes();
  {
    Case one;
    const Outcome outcome = act(one, number, fails_on, reached);
    EXPECT_TRUE(outcome == Outcome::kWorked || outcome == Outcome::kOutOfMemory)
        << (outcome == Outcome::kBadAlloc ? "bad_alloc escapes" : "another error") << " at allocation " << number;
    if (outcome != Outcome::kWorked) one.act();
    EXPECT_EQ(one.result(), wanted) << "with a failure at allocation " << number;
  }
  EXPECT_EQ(fuzz::live_bytes(), before) << "leak at allocation " << number;
  return reached;
}

/// A case is prepared by its constructor, where nothing fails; `act` is the call, `result` the bits it made.
template <class Case>
void fails_everywhere() {
  const Bytes wanted = result_of_one<Case>();
  ASSERT_FALSE(wanted.empty());
  ASSERT_EQ(result_of_one<Case>(), wanted);
  std::int64_t count = 1;
  while (check_failure<Case>(count, false, wanted) && !testing::Test::HasFailure()) ++count;
  for (std::int64_t n = 1; n < count && !testing::Test::HasFailure(); ++n) check_failure<Case>(n, true, wanted);
  EXPECT_GT(count, 1) << "nothing was allocated";
  testing::Test::RecordProperty("allocations", static_cast<int>(count - 1));
}

const Device& device() {
  static const Device one = cpu_device({.threads = 1});
  return one;
}

const Autoencoder& model() {
  static const Autoencoder one(device(), {.picture = {8, 8, 1}, .code = 2, .channels = 4});
  return one;
}

SmallRun& small_run() {
  static SmallRun run(1);
  return run;
}

struct SavedModel {
  MemoryFiles files;
  void act() { save_model("m", model(), {}, files); }
  Bytes result() { return files.get("m"); }
};

struct ModelOfFile {
  MemoryFiles files;
  std::optional<LoadedModel> loaded;
  ModelOfFile() { save_model("m", model(), {}, files); }
  void act() { loaded.emplace(load_model(device(), "m", files)); }
  Bytes result() { return bytes_of(loaded->model.parameters().arena().values<float>()); }
};

struct SavedTraining {
  MemoryFiles files;
  void act() { save_training(files, "c", small_run().trainer, "run"); }
  Bytes result() { return files.get("c"); }
};

struct RestoredTraining {
  MemoryFiles files;
  RestoredTraining() {
    save_training(files, "c", small_run().trainer, "run");
    other().trainer.run(1);
  }
  static SmallRun& other() {
    static SmallRun run(1);
    return run;
  }
  void act() { load_training(files, "c", other().trainer, "run"); }
  Bytes result() { return joined(other().everything()); }
};

struct PictureFolder {
  MemoryFiles files;
  std::optional<Images> images;
  PictureFolder() {
    const Images pictures = SmallRun::pictures();
    for (int i = 0; i < 3; ++i) files.put("p/" + std::to_string(i) + ".png", encode_png(pictures, i));
  }
  void act() { images.emplace(load_images("p", {.size = 3}, files)); }
  Bytes result() { return bytes_of(images->pixels); }
};

struct ResidentPictures {
  Images images = SmallRun::pictures();
  std::optional<DataSet> data;
  void act() { data.emplace(device(), images); }
  Bytes result() { return bytes_of(data->pixels().values<std::uint8_t>()); }
};

struct CompiledProgram {
  std::vector<std::vector<Tensor>> outputs;  // the list is the caller's memory
  std::optional<Program> program;
  CompiledProgram() {
    const Tensor pictures = small_run().data.batch(iota_of_three());
    const Tensor outcome = pictures * pictures + pictures;
    outputs = {{outcome}, {outcome}};
  }
  static Tensor iota_of_three() {
    static const State indices(small_run().device, "indices", {{3}, DType::kU32});
    return read(indices);
  }
  void act() {
    std::vector<Tensor> wanted = std::move(outputs.back());
    outputs.pop_back();
    program.emplace(small_run().device, std::move(wanted));
    program->run(1);
  }
  Bytes result() { return bytes_of(program->values<float>()); }
};

struct TrainedStep {
  SmallRun run{1};
  std::optional<Trainer> trainer;
  Trainer::StepFunction build = [this](TrainStep& step) {
    const Tensor x = reshape(step.batch(run.data, 4), {4, 16});
    const Tensor loss = mse_loss(run.last(step.pass(), run.norm(step.pass(), run.first(step.pass(), x))), x);
    step.log("loss", loss);
    step.minimize(run.optimizer, loss);
  };
  void act() {
    trainer.emplace(run.device, TrainerOptions{.seed = 9}, build);
    trainer->run(2);
  }
  Bytes result() {
    Bytes all;
    for (const State& state : trainer->states()) {
      Bytes part(state.type().bytes());
      state.read_bytes(part);
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }
};

TEST(AllocationFailure, ALongChainIsReleasedWithoutMemoryAndWithoutRecursion) {
  const std::size_t before = fuzz::live_bytes();
  Tensor chain = CompiledProgram::iota_of_three();
  const std::size_t start = fuzz::live_bytes();
  for (int i = 0; i < 200'000; ++i) chain = i % 3 == 0 ? chain + chain : chain * CompiledProgram::iota_of_three();
  fuzz::fail_allocation(1, true);
  chain = Tensor();
  fuzz::no_failing_allocation();
  EXPECT_LE(fuzz::live_bytes(), std::max(start, before));
}

TEST(AllocationFailure, SavingAModel) { fails_everywhere<SavedModel>(); }
TEST(AllocationFailure, LoadingAModel) { fails_everywhere<ModelOfFile>(); }
TEST(AllocationFailure, SavingACheckpoint) { fails_everywhere<SavedTraining>(); }
TEST(AllocationFailure, LoadingACheckpoint) { fails_everywhere<RestoredTraining>(); }
TEST(AllocationFailure, LoadingAPictureFolder) { fails_everywhere<PictureFolder>(); }
TEST(AllocationFailure, MakingADataSet) { fails_everywhere<ResidentPictures>(); }
TEST(AllocationFailure, CompilingAndRunningAProgram) { fails_everywhere<CompiledProgram>(); }
TEST(AllocationFailure, MakingATrainerAndTraining) { fails_everywhere<TrainedStep>(); }

}  // namespace
}  // namespace betwixt
