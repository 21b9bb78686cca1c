// SPDX-License-Identifier: MIT
// What happens when memory runs out: each allocation of a call fails in turn, once and for ever. The call must say
// E_OOM and nothing else, give back what it took, and work when it is made again. A program of its own, because it
// replaces the C++ heap and, for the formats that C libraries decode, malloc.
#include <gtest/gtest.h>

#include <cstring>
#include <optional>

#include "betwixt/media/encode.h"
#include "betwixt/media/idx.h"
#include "betwixt/media/npz.h"
#include "betwixt/media/picture_folder.h"
#include "betwixt/methods/autoencoder/model_file.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/gradient.h"
#include "betwixt/ops/matmul.h"
#include "betwixt/ops/reduce.h"
#include "betwixt/train/training_checkpoint.h"
#include "tests/media/archive_builder.h"
#include "tests/media/sample_jpegs.h"
#include "tests/memory/failing_malloc.h"
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

/// Whether a call may let std::bad_alloc through.
template <class Case>
constexpr bool kIsBare = requires {
  typename Case::Bare;
};

/// One failing call and the call after it. Returns whether the failure was reached.
template <class Case>
bool check_failure(std::int64_t number, bool fails_on, const Bytes& wanted) {
  bool reached = false;
  const std::size_t before = fuzz::live_bytes();
  const long blocks = fuzz::live_blocks;
  {
    Case one;
    const Outcome outcome = act(one, number, fails_on, reached);
    EXPECT_TRUE(outcome == Outcome::kWorked || outcome == Outcome::kOutOfMemory ||
                (kIsBare<Case> && outcome == Outcome::kBadAlloc))
        << (outcome == Outcome::kBadAlloc ? "bad_alloc escapes" : "another error") << " at allocation " << number;
    if (outcome != Outcome::kWorked) one.act();
    EXPECT_EQ(one.result(), wanted) << "with a failure at allocation " << number;
  }
  EXPECT_EQ(fuzz::live_bytes(), before) << "leak at allocation " << number;
  EXPECT_EQ(fuzz::live_blocks, blocks) << "leak of a C library at allocation " << number;
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

/// The same with malloc failing too.
template <class Case>
void fails_everywhere_in_c() {
  if (!BETWIXT_FAILING_MALLOC) GTEST_SKIP() << "malloc cannot be made to fail here";
  fuzz::malloc_fails_too = true;
  fails_everywhere<Case>();
  fuzz::malloc_fails_too = false;
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

struct JpegFolder {
  MemoryFiles files;
  std::optional<Images> images;
  JpegFolder() {
    const std::string pictures[] = {media_test::kGreyJpeg, media_test::kColourJpeg, media_test::kProgressiveJpeg};
    for (std::size_t i = 0; i < 3; ++i)
      files.put("p/" + std::to_string(i) + ".jpg", archive_test::to_bytes(pictures[i]));
  }
  void act() { images.emplace(load_images("p", {.size = 8}, files)); }
  Bytes result() { return bytes_of(images->pixels); }
};

struct SavedPictures {
  MemoryFiles files;
  Images pictures = SmallRun::pictures();
  void act() { save_contact_sheet("sheet.png", pictures, 4, {}, files); }
  Bytes result() { return files.get("sheet.png"); }
};

struct PackedArrays {
  MemoryFiles files;
  std::vector<float> values;
  PackedArrays() {
    const std::string array = archive_test::npy("|u1", "(4, 3)", "abcdefghijkl");
    files.put("a.npz", archive_test::to_bytes(archive_test::zip({{"a.npy", array}, {"b.npy", array, true}}).bytes));
    files.put("i.gz", archive_test::to_bytes(archive_test::gzip(archive_test::idx({2, 2}, "wxyz"))));
  }
  void act() {
    values.clear();
    NpzFile npz = NpzFile::open(files, "a.npz");
    for (const char* name : {"a", "b"}) add(npz.read(name));
    add(npz.read_rows("b", 1, 2));
    add(read_idx(files, "i.gz"));
  }
  void add(const NumberArray& array) {
    const std::vector<float> more = to_floats(array);
    const std::size_t before = values.size();
    // The list is the caller's memory.
    fuzz::PausedFailures pause;
    values.resize(before + more.size());
    std::copy(more.begin(), more.end(), values.begin() + static_cast<std::ptrdiff_t>(before));
  }
  Bytes result() { return bytes_of(values); }
};

/// Ops are put together by the caller, without a program around them: what the lists of inputs and options need fails
/// as it does anywhere in C++, with std::bad_alloc.
struct BareOps {
  using Bare = void;
  State weights{device(), "weights", {{3, 3}, DType::kF32}};
  std::optional<Program> program;
  BareOps() { weights.write(std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8, 9}); }
  void act() {
    const Tensor w = read(weights);
    const Tensor loss = sum(matmul(w, w, {.transpose_b = true}) * w + w, {}, false);
    program.emplace(device(), std::vector<Tensor>{loss, gradient(loss, {w}).front()});
    program->run(1);
  }
  Bytes result() { return bytes_of(program->values<float>(1)); }
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
TEST(AllocationFailure, LoadingAPictureFolderWithMalloc) { fails_everywhere_in_c<PictureFolder>(); }
TEST(AllocationFailure, LoadingAJpegFolder) { fails_everywhere<JpegFolder>(); }
TEST(AllocationFailure, LoadingAJpegFolderWithMalloc) { fails_everywhere_in_c<JpegFolder>(); }
TEST(AllocationFailure, SavingPictures) { fails_everywhere<SavedPictures>(); }
TEST(AllocationFailure, SavingPicturesWithMalloc) { fails_everywhere_in_c<SavedPictures>(); }
TEST(AllocationFailure, ReadingPackedArrays) { fails_everywhere<PackedArrays>(); }
TEST(AllocationFailure, ReadingPackedArraysWithMalloc) { fails_everywhere_in_c<PackedArrays>(); }
TEST(AllocationFailure, PuttingOpsTogether) { fails_everywhere<BareOps>(); }
TEST(AllocationFailure, MakingADataSet) { fails_everywhere<ResidentPictures>(); }
TEST(AllocationFailure, CompilingAndRunningAProgram) { fails_everywhere<CompiledProgram>(); }
TEST(AllocationFailure, MakingATrainerAndTraining) { fails_everywhere<TrainedStep>(); }

}  // namespace
}  // namespace betwixt
