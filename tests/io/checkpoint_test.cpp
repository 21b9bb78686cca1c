// SPDX-License-Identifier: MIT
#include "betwixt/io/checkpoint.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>

#include "betwixt/io/checksum.h"
#include "tests/io/io_support.h"
#include "tests/support/memory_files.h"
#include "tests/support/stated_errors.h"

namespace betwixt {
namespace {

using test_support::error_of;
using test_support::MemoryFiles;

constexpr char kPath[] = "run.ckpt";

/// A training state whose every byte depends on `step`.
struct Training {
  std::vector<float> weights;
  std::vector<std::uint32_t> counters;

  explicit Training(int step, std::size_t size = 40) : weights(size), counters(4) {
    for (std::size_t i = 0; i < weights.size(); ++i)
      weights[i] = static_cast<float>(step) + 0.25f * static_cast<float>(i);
    for (std::uint32_t& counter : counters) counter = static_cast<std::uint32_t>(step) * 0x01010101u;
  }
  std::vector<NamedBlob> blobs() const {
    return {{"encoder.0.weight",
             {Shape{static_cast<std::int64_t>(weights.size())}, DType::kF32},
             std::as_bytes(std::span(weights))},
            {"random", {Shape{2, 2}, DType::kU32}, std::as_bytes(std::span(counters))}};
  }
  void save(FileSystem& files, int step) const {
    save_checkpoint(files, kPath, {.metadata = JsonValue::object().set("step", step), .description_hash = 42}, blobs());
  }
};

void save(FileSystem& files, int step) { Training(step).save(files, step); }

/// The step of a checkpoint, after checking that all of it belongs to that step.
int step_of(const Checkpoint& checkpoint) {
  const int step = static_cast<int>(JsonField(checkpoint.metadata).at("step").integer());
  const Training expected(step, checkpoint.tensor("encoder.0.weight").bytes.size() / sizeof(float));
  for (const NamedBlob& blob : expected.blobs()) {
    const NamedBlob& found = checkpoint.tensor(blob.name);
    EXPECT_EQ(found.type, blob.type);
    EXPECT_EQ(found.bytes.size(), blob.bytes.size());
    EXPECT_EQ(std::memcmp(found.bytes.data(), blob.bytes.data(), blob.bytes.size()), 0) << blob.name;
  }
  return step;
}

int load_step(FileSystem& files) { return step_of(load_checkpoint(files, kPath)); }

TEST(Checkpoint, KeepsEverythingAndOneOlderGeneration) {
  MemoryFiles files;
  save(files, 1);
  EXPECT_EQ(files.paths(), (std::vector<std::string>{kPath}));
  save(files, 2);
  save(files, 3);
  EXPECT_EQ(files.paths(), (std::vector<std::string>{"run.ckpt", "run.ckpt.1"}));
  const Checkpoint newest = load_checkpoint(files, kPath);
  EXPECT_EQ(step_of(newest), 3);
  EXPECT_EQ(newest.generation, 0);
  EXPECT_EQ(newest.refused, "");
  EXPECT_EQ(newest.description_hash, 42u);
  EXPECT_EQ(error_of([&] { newest.tensor("absent"); }).code(), ErrorCode::kMissing);
  files.remove(kPath);
  EXPECT_EQ(load_step(files), 2);
}

TEST(Checkpoint, HoldsEveryElementType) {
  MemoryFiles files;
  const std::vector<std::byte> bytes(48);
  std::vector<NamedBlob> blobs;
  for (const DType type : {DType::kF32, DType::kF16, DType::kF64, DType::kU8, DType::kI32, DType::kU32}) {
    blobs.push_back({dtype_name(type), {Shape{2, 1, 3}, type}, std::span(bytes).first(6 * dtype_size(type))});
  }
  blobs.push_back({"scalar", {Shape{}, DType::kF32}, std::span(bytes).first(4)});
  blobs.push_back({"empty", {Shape{0, 3}, DType::kF32}, {}});
  save_checkpoint(files, kPath, {}, blobs);
  const Checkpoint loaded = load_checkpoint(files, kPath);
  EXPECT_EQ(loaded.tensors.size(), blobs.size());
  for (const NamedBlob& blob : blobs) EXPECT_EQ(loaded.tensor(blob.name).type, blob.type);
}

TEST(Checkpoint, WritesInTheOrderThatSurvivesAPowerCut) {
  MemoryFiles files;
  save(files, 1);
  const std::string size = std::to_string(files.get(kPath).size());
  files.clear_trace();
  save(files, 2);
  EXPECT_EQ(files.trace(),
            (std::vector<std::string>{"create run.ckpt.tmp", "write run.ckpt.tmp " + size, "sync run.ckpt.tmp",
                                      "close run.ckpt.tmp", "sync_folder .", "exists run.ckpt",
                                      "rename run.ckpt run.ckpt.1", "rename run.ckpt.tmp run.ckpt", "sync_folder ."}));
}

TEST(Checkpoint, EveryFailingCallLeavesALoadableStateAndOneError) {
  int cases = 0;
#ifdef EDQUOT
  const int no_quota = EDQUOT;
#else
  const int no_quota = EFBIG;  // Windows has no quota error
#endif
  for (const int number : {ENOSPC, EIO, no_quota, EROFS, EINTR}) {
    for (const std::int64_t short_bytes : {-1, 0, 1, 600}) {
      for (std::int64_t call = 0;; ++call) {
        MemoryFiles files;
        save(files, 1);
        save(files, 2);
        if (short_bytes < 0)
          files.fail_at(call, number);
        else
          files.fail_short(call, static_cast<std::size_t>(short_bytes), number);
        files.clear_trace();
        const Error error = error_of([&] { save(files, 3); });
        if (!files.fault_happened()) break;
        ++cases;
        EXPECT_EQ(error.code(), ErrorCode::kIo);
        EXPECT_EQ(error.system_error(), number);
        EXPECT_EQ(std::count(files.trace().begin(), files.trace().end(), "sync run.ckpt.tmp") <= 1, true);
        files.no_faults();
        const int step = load_step(files);
        EXPECT_TRUE(step == 2 || step == 3) << call;
        save(files, 4);
        EXPECT_EQ(load_step(files), 4);
      }
    }
  }
  EXPECT_EQ(cases, 5 * 4 * 9);
}

TEST(Checkpoint, EveryFailingCallOfALoadIsAnErrorOrAnOlderState) {
  MemoryFiles files;
  save(files, 1);
  save(files, 2);
  for (const bool for_ever : {false, true}) {
    for (std::int64_t call = 0;; ++call) {
      if (for_ever)
        files.fail_from(call, EIO);
      else
        files.fail_at(call, EIO);
      int step = 0;
      const Error error = error_of([&] { step = load_step(files); });
      const bool happened = files.fault_happened();
      files.no_faults();
      if (!happened) break;
      EXPECT_TRUE(step == 1 || error.code() == ErrorCode::kIo || error.code() == ErrorCode::kChecksum || step == 2)
          << error.what();
      EXPECT_EQ(load_step(files), 2);
    }
  }
}

TEST(Checkpoint, AProcessKilledAfterAnyCallLosesNothing) {
  for (std::int64_t call = 0;; ++call) {
    MemoryFiles files;
    save(files, 1);
    save(files, 2);
    files.fail_from(call, EIO);
    error_of([&] { save(files, 3); });
    const bool happened = files.fault_happened();
    files.process_killed();
    const int step = load_step(files);
    EXPECT_TRUE(step == 2 || step == 3) << call;
    for (const std::string& path : files.paths()) EXPECT_NE(path, "run.ckpt.tmp");
    if (!happened) {
      EXPECT_EQ(step, 3);
      break;
    }
  }
}

/// Cuts the power after each call of a save, with every subset of what was still pending and every kind of torn write.
void expect_all_old_or_all_new(const std::function<void(MemoryFiles&)>& history, int old_step, int new_step) {
  int cases = 0;
  for (std::int64_t call = 0;; ++call) {
    MemoryFiles files;
    history(files);
    files.fail_from(call, EIO);
    error_of([&] { save(files, new_step); });
    const bool happened = files.fault_happened();
    ASSERT_LE(files.pending(), 12u);
    for (std::uint64_t keep = 0; keep < std::uint64_t{1} << files.pending(); ++keep) {
      for (const MemoryFiles::Tear tear :
           {MemoryFiles::Tear::kWhole, MemoryFiles::Tear::kSectors, MemoryFiles::Tear::kPages}) {
        const std::unique_ptr<MemoryFiles> after = files.clone();
        after->power_loss(keep, tear, keep + 1);
        const int step = load_step(*after);
        EXPECT_TRUE(step == old_step || step == new_step) << "call " << call << " keep " << keep << " step " << step;
        if (!happened) EXPECT_EQ(step, new_step);
        save(*after, 9);
        EXPECT_EQ(load_step(*after), 9);
        ++cases;
      }
    }
    if (!happened) break;
  }
  EXPECT_GT(cases, 50);
}

TEST(Checkpoint, PowerLossLeavesAllOldOrAllNew) {
  expect_all_old_or_all_new([](MemoryFiles& files) { save(files, 1), save(files, 2); }, 2, 3);
  expect_all_old_or_all_new([](MemoryFiles& files) { save(files, 2); }, 2, 3);
}

TEST(Checkpoint, PowerLossAfterADamagedGenerationStillLeavesAState) {
  const auto history = [](MemoryFiles& files) {
    save(files, 2);
    save(files, 5);
    std::vector<std::byte> damaged = files.get(kPath);
    damaged[300] ^= std::byte{1};
    files.put(kPath, damaged);
  };
  expect_all_old_or_all_new(history, 2, 3);
}

TEST(Checkpoint, EveryFlippedBitIsDetectedAndTheOlderGenerationTaken) {
  MemoryFiles files;
  save(files, 1);
  save(files, 2);
  const std::vector<std::byte> good = files.get(kPath);
  const std::vector<std::byte> old = files.get("run.ckpt.1");
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    std::vector<std::byte> damaged = good;
    damaged[bit / 8] ^= static_cast<std::byte>(1 << (bit % 8));
    MemoryFiles broken;
    broken.put("run.ckpt.1", old);
    broken.put(kPath, damaged);
    const Checkpoint checkpoint = load_checkpoint(broken, kPath);
    ASSERT_EQ(checkpoint.generation, 1) << bit;
    ASSERT_NE(checkpoint.refused.find("run.ckpt: E_"), std::string::npos);
    ASSERT_EQ(step_of(checkpoint), 1);
  }
}

TEST(Checkpoint, RandomFlipsInALargeFileAreDetected) {
  MemoryFiles files;
  Training(1, 64 << 10).save(files, 1);
  std::vector<std::byte> bytes = files.get(kPath);
  std::uint64_t state = 7;
  for (int i = 0; i < 300; ++i) {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    const std::size_t bit = (state >> 20) % (8 * bytes.size());
    bytes[bit / 8] ^= static_cast<std::byte>(1 << (bit % 8));
    files.put(kPath, bytes);
    ASSERT_NE(error_of([&] { load_checkpoint(files, kPath); }).code(), ErrorCode::kOk) << bit;
    bytes[bit / 8] ^= static_cast<std::byte>(1 << (bit % 8));
  }
}

TEST(Checkpoint, EveryPrefixIsRefused) {
  MemoryFiles files;
  save(files, 1);
  const std::vector<std::byte> good = files.get(kPath);
  for (std::size_t size = 0; size < good.size(); ++size) {
    files.put(kPath, {good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)});
    ASSERT_NE(error_of([&] { load_checkpoint(files, kPath); }).code(), ErrorCode::kOk) << size;
  }
}

TEST(Checkpoint, BothGenerationsBadGivesBothReasonsAndDeletesNothing) {
  MemoryFiles files;
  EXPECT_EQ(error_of([&] { load_checkpoint(files, kPath); }).code(), ErrorCode::kMissing);
  save(files, 1);
  save(files, 2);
  for (const std::string& path : files.paths()) {
    std::vector<std::byte> damaged = files.get(path);
    damaged.back() ^= std::byte{1};
    files.put(path, damaged);
  }
  files.put("run.ckpt.tmp", {});
  const Error error = error_of([&] { load_checkpoint(files, kPath); });
  EXPECT_EQ(error.code(), ErrorCode::kChecksum);
  EXPECT_NE(std::string(error.what()).find("run.ckpt: E_CHECKSUM"), std::string::npos) << error.what();
  EXPECT_NE(std::string(error.what()).find("run.ckpt.1: E_CHECKSUM"), std::string::npos) << error.what();
  EXPECT_EQ(files.paths().size(), 3u);
}

/// Replaces a part of the header by one of the same length and signs the file again.
void forge(MemoryFiles& files, const std::string& from, const std::string& to) {
  std::vector<std::byte> bytes = files.get(kPath);
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::size_t at = text.find(from);
  ASSERT_NE(at, std::string::npos) << from;
  text.replace(at, to.size(), to);
  const std::size_t digits = text.find("\"checksum\":\"") + 12;
  text.replace(digits, 16, std::string(16, '0'));
  text.replace(digits, 16, checksum_text(xxh64(test_support::to_bytes(text))));
  files.put(kPath, test_support::to_bytes(text));
}

TEST(Checkpoint, RefusesForgedContents) {
  test_support::StatedErrors stated;
  const auto forged = [&stated](const std::string& from, const std::string& to) {
    MemoryFiles files;
    save(files, 1);
    forge(files, from, to);
    const Error error = error_of([&] { load_checkpoint(files, kPath); });
    stated.expect(from + " -> " + to, error);
    return error;
  };
  EXPECT_EQ(forged("\"format_version\":\"1\"", "\"format_version\":\"2\"").code(), ErrorCode::kVersion);
  EXPECT_EQ(forged("betwixt-checkpoint", "somebody-elses-one").code(), ErrorCode::kBadMagic);
  EXPECT_EQ(forged("\"format\"", "\"formax\"").code(), ErrorCode::kBadMagic);
  EXPECT_EQ(forged("\"format_version\"", "\"format_versiox\"").code(), ErrorCode::kMissing);
  EXPECT_EQ(forged("\"metadata\"", "\"metadatx\"").code(), ErrorCode::kMissing);
  EXPECT_EQ(forged("\"description_hash\"", "\"description_hasx\"").code(), ErrorCode::kMissing);
  EXPECT_EQ(forged("description_hash\":\"0", "description_hash\":\"g").code(), ErrorCode::kValue);
  EXPECT_EQ(forged("\"checksum:random\"", "\"checksum:randox\"").code(), ErrorCode::kChecksum);
  EXPECT_EQ(forged("\"dtype\":\"U32\"", "\"dtype\":\"I32\"").code(), ErrorCode::kOk);
  EXPECT_EQ(forged("\"metadata\":\"{", "\"metadata\":\"[").code(), ErrorCode::kSyntax);
}

TEST(Checkpoint, RefusesElementTypesThatTensorsLack) {
  MemoryFiles files;
  const std::byte bytes[] = {std::byte{1}, std::byte{2}};
  const NamedBlob blobs[] = {{"b", {Shape{2}, DType::kU8}, bytes}};
  save_checkpoint(files, kPath, {}, blobs);
  forge(files, "\"dtype\":\"U8\"", "\"dtype\":\"I8\"");
  const Error error = error_of([&] { load_checkpoint(files, kPath); });
  EXPECT_EQ(error.code(), ErrorCode::kDtype);
  EXPECT_STREQ(error.field(), "b");
}

TEST(Checkpoint, ANewerFormatIsNotPassedOverForAnOlderFile) {
  MemoryFiles files;
  save(files, 1);
  save(files, 2);
  forge(files, "\"format_version\":\"1\"", "\"format_version\":\"2\"");
  EXPECT_EQ(error_of([&] { load_checkpoint(files, kPath); }).code(), ErrorCode::kVersion);
}

TEST(Checkpoint, RefusesAnotherModelAndTooLargeFiles) {
  MemoryFiles files;
  save(files, 1);
  const Error error = error_of([&] { load_checkpoint(files, kPath, {.description_hash = 41}); });
  EXPECT_EQ(error.code(), ErrorCode::kMismatch);
  EXPECT_STREQ(error.field(), "description_hash");
  EXPECT_EQ(step_of(load_checkpoint(files, kPath, {.description_hash = 42})), 1);
  EXPECT_EQ(error_of([&] { load_checkpoint(files, kPath, {.file_bytes = 100}); }).code(), ErrorCode::kLimit);
}

TEST(Checkpoint, RefusesNumbersThatAreNotFinite) {
  MemoryFiles files;
  save(files, 1);
  Training bad(2);
  bad.weights[7] = std::nanf("");
  const Error error = error_of([&] { bad.save(files, 2); });
  EXPECT_EQ(error.code(), ErrorCode::kNotFinite);
  EXPECT_STREQ(error.field(), "encoder.0.weight");
  EXPECT_STREQ(error.text(), "element 7 is not finite");
  EXPECT_EQ(load_step(files), 1);
  save_checkpoint(files, kPath, {.metadata = JsonValue::object().set("step", 2)}, bad.blobs(), false);
  EXPECT_EQ(load_checkpoint(files, kPath, {.require_finite = false}).generation, 0);
  const Checkpoint older = load_checkpoint(files, kPath);
  EXPECT_EQ(older.generation, 1);
  EXPECT_NE(older.refused.find("E_NOT_FINITE"), std::string::npos);
  const double wide[] = {1, std::numeric_limits<double>::infinity()};
  const std::uint16_t half[] = {0x3C00, 0xFC00};
  const NamedBlob blobs[] = {{"d", {Shape{2}, DType::kF64}, std::as_bytes(std::span(wide))},
                             {"h", {Shape{2}, DType::kF16}, std::as_bytes(std::span(half))}};
  EXPECT_STREQ(error_of([&] { save_checkpoint(files, kPath, {}, std::span(blobs).first(1)); }).field(), "d");
  EXPECT_STREQ(error_of([&] { save_checkpoint(files, kPath, {}, std::span(blobs).last(1)); }).field(), "h");
}

TEST(Checkpoint, RefusesToWriteMetadataThatCouldNotBeRead) {
  MemoryFiles files;
  const std::string long_text(100000, 'x');
  const CheckpointInfo info{.metadata = JsonValue::object().set("text", long_text)};
  EXPECT_EQ(error_of([&] { save_checkpoint(files, kPath, info, Training(1).blobs()); }).code(), ErrorCode::kLimit);
  EXPECT_TRUE(files.paths().empty());
}

}  // namespace
}  // namespace betwixt
