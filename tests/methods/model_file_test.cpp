// SPDX-License-Identifier: MIT
// Model files: what a hostile description can ask for, versions, unknown keys, failing disks, files of earlier
// releases.
#include "betwixt/methods/autoencoder/model_file.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cmath>
#include <cstdlib>

#include "betwixt/core/error.h"
#include "betwixt/cpu/cpu_device.h"
#include "places.h"
#include "tests/support/memory_files.h"
#include "tests/support/stated_errors.h"

namespace betwixt {
namespace {

using test_support::MemoryFiles;

/// Counts what it hands out.
class CountingAllocator final : public Allocator {
 public:
  void* allocate(std::size_t bytes, std::size_t alignment) noexcept override {
    total += bytes;
    return default_allocator().allocate(bytes, alignment);
  }
  void release(void* memory, std::size_t bytes) noexcept override { default_allocator().release(memory, bytes); }
  std::size_t total = 0;
};

class ModelFile : public testing::Test {
 protected:
  Error load_error(const std::string& path = "m", const ModelLimits& limits = {}) {
    try {
      load_model(device, path, files, limits);
    } catch (const Error& error) {
      return error;
    }
    return Error(ErrorCode::kOk, "test", "nothing was thrown");
  }
  /// A file with this description and no tensors.
  Error described(const std::string& description) {
    SafetensorsWriter writer;
    writer.set_metadata(kModelMetadataKey, description);
    writer.save(files, "m");
    return load_error();
  }
  static std::string description(const std::string& picture, int code, const std::string& network, int channels,
                                 const std::string& start = "\"format\":1") {
    std::string text = "{";
    text.append(start).append(",\"method\":\"autoencoder\",\"options\":{\"picture\":").append(picture);
    text.append(",\"code\":").append(std::to_string(code)).append(",\"network\":\"").append(network);
    text.append("\",\"channels\":").append(std::to_string(channels));
    return text.append(",\"seed\":1},\"pictures\":[],\"training\":{}}");
  }

  CountingAllocator allocator;
  Device device = cpu_device({.threads = 1, .allocator = &allocator});
  MemoryFiles files;
};

TEST_F(ModelFile, ThreeHundredBytesThatAskForTerabytesAllocateNothing) {
  const std::string hostile[] = {
      description("[16384,16384,4]", 4096, "upsample", 1024), description("[16384,16384,3]", 1, "upsample", 1),
      description("[16384,8,1]", 4096, "upsample", 1024), description("[5,16384,4]", 4096, "upsample", 1024)};
  for (const std::string& text : hostile) {
    const Error error = described(text);
    EXPECT_EQ(error.code(), ErrorCode::kLimit) << text << ": " << error.what();
    EXPECT_LT(files.get("m").size(), 400u);
  }
  EXPECT_EQ(allocator.total, 0u);
  // Both budgets: numbers, and memory to run although the numbers are few.
  EXPECT_STREQ(described(hostile[0]).limit_name(), "parameters");
  EXPECT_STREQ(described(hostile[1]).limit_name(), "working bytes");
}

TEST_F(ModelFile, TheBudgetIsTheCallersToSet) {
  const Autoencoder model(device, {.picture = {16, 16, 1}, .code = 2, .channels = 4});
  save_model("m", model, {}, files);
  const auto count = model.parameters().element_count();
  EXPECT_EQ(load_error("m", {.parameters = count}).code(), ErrorCode::kOk);
  allocator.total = 0;
  EXPECT_EQ(load_error("m", {.parameters = count - 1}).code(), ErrorCode::kLimit);
  EXPECT_EQ(load_error("m", {.working_bytes = 1000}).code(), ErrorCode::kLimit);
  EXPECT_EQ(allocator.total, 0u);
}

TEST_F(ModelFile, ATensorThatClaimsTerabytesIsRefusedByTheFilesSize) {
  std::string header = R"({"w":{"dtype":"F32","shape":[1099511627776],"data_offsets":[0,4398046511104]}})";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  std::vector<std::byte> bytes(8 + header.size() + 16);
  bytes[0] = static_cast<std::byte>(header.size());
  for (std::size_t i = 0; i < header.size(); ++i) bytes[8 + i] = static_cast<std::byte>(header[i]);
  files.put("m", bytes);
  const Error error = load_error();
  EXPECT_TRUE(error.code() == ErrorCode::kOffset || error.code() == ErrorCode::kTruncated) << error.what();
  EXPECT_EQ(allocator.total, 0u);
}

TEST_F(ModelFile, VersionsKeysAndTypesAreChecked) {
  const std::string good = description("[16,16,1]", 2, "upsample", 4);
  EXPECT_EQ(described(good).code(), ErrorCode::kMissing);  // the tensors
  EXPECT_NE(std::string(described(good).what()).find("encoder.0.weight"), std::string::npos);
  const Error newer = described(description("[16,16,1]", 2, "upsample", 4, "\"format\":2"));
  EXPECT_EQ(newer.code(), ErrorCode::kVersion);
  EXPECT_NE(std::string(newer.what()).find("newer"), std::string::npos) << newer.what();
  // A newer format may have anything else in it: the version is looked at first.
  EXPECT_EQ(described("{\"format\":7,\"layers\":[]}").code(), ErrorCode::kVersion);
  struct Row {
    const char* from;
    const char* to;
    ErrorCode code;
  };
  const Row rows[] = {{"\"seed\"", "\"sede\"", ErrorCode::kUnknownKey},
                      {"\"training\"", "\"trainers\"", ErrorCode::kUnknownKey},
                      {"\"code\":2,", "", ErrorCode::kMissing},
                      {"\"code\":2", "\"code\":2,\"code\":3", ErrorCode::kDuplicate},
                      {"\"code\":2", "\"code\":\"2\"", ErrorCode::kType},
                      {"\"code\":2", "\"code\":0", ErrorCode::kValue},
                      {"\"code\":2", "\"code\":4097", ErrorCode::kLimit},
                      {"\"code\":2", "\"code\":2.5", ErrorCode::kType},
                      {"[16,16,1]", "[16,16]", ErrorCode::kMissing},
                      {"[16,16,1]", "[16,16,9]", ErrorCode::kLimit},
                      {"\"upsample\"", "\"diffusion\"", ErrorCode::kUnsupported},
                      {"\"autoencoder\"", "\"oracle\"", ErrorCode::kUnsupported},
                      {"\"format\":1", "\"format\":0", ErrorCode::kValue},
                      {"}}", "}", ErrorCode::kTruncated},
                      {"\"pictures\":[]", "\"pictures\":[\"a\"]", ErrorCode::kMissing}};
  test_support::StatedErrors stated;
  for (const Row& row : rows) {
    std::string text = good;
    const std::size_t at = text.find(row.from);
    ASSERT_NE(at, std::string::npos) << row.from;
    text.replace(at, std::string(row.from).size(), row.to);
    const Error error = described(text);
    EXPECT_STREQ(error_name(error.code()), error_name(row.code)) << row.to << ": " << error.what();
    // Tensors that are not there have no place in the file.
    const bool has_place = error.code() != ErrorCode::kMissing || error.byte_offset() >= 0;
    stated.expect(std::string(row.from) + " -> " + row.to, error, has_place);
  }
  EXPECT_EQ(allocator.total, 0u);
}

TEST_F(ModelFile, EveryDamagedBitOfTheHeaderIsAnErrorOrAModel) {
  const Autoencoder model(device, {.picture = {8, 8, 1}, .code = 1, .channels = 1});
  save_model("good", model, {}, files);
  const std::vector<std::byte> good = files.get("good");
  const std::size_t header = 8 + std::to_integer<std::size_t>(good[0]) + 256 * std::to_integer<std::size_t>(good[1]);
  ASSERT_LT(header, good.size());
  int refused = 0;
  for (std::size_t bit = 0; bit < 8 * header; bit += 3) {
    std::vector<std::byte> damaged = good;
    damaged[bit / 8] ^= static_cast<std::byte>(1 << (bit % 8));
    files.put("m", damaged);
    const Error error = load_error();
    EXPECT_NE(error.code(), ErrorCode::kInternal) << error.what();
    refused += error.code() != ErrorCode::kOk;
  }
  EXPECT_GT(refused, 0);
  for (std::size_t size = 0; size < good.size(); size += 5) {
    files.put("m", {good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)});
    EXPECT_NE(load_error().code(), ErrorCode::kOk) << size;
  }
}

TEST_F(ModelFile, EveryFailingCallIsOneErrorAndTheOldFileStays) {
  const Autoencoder model(device, {.picture = {8, 8, 1}, .code = 1, .channels = 1, .seed = 3});
  const Autoencoder other(device, {.picture = {8, 8, 1}, .code = 1, .channels = 1, .seed = 4});
  for (std::int64_t call = 0;; ++call) {
    files.no_faults();
    save_model("m", model, {}, files);
    const std::vector<std::byte> old = files.get("m");
    files.fail_at(call, ENOSPC);
    Error error(ErrorCode::kOk, "test", "nothing was thrown");
    try {
      save_model("m", other, {}, files);
    } catch (const Error& thrown) {
      error = thrown;
    }
    if (!files.fault_happened()) break;
    files.no_faults();
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    EXPECT_EQ(error.system_error(), ENOSPC);
    EXPECT_EQ(load_error().code(), ErrorCode::kOk) << call;
  }
  for (std::int64_t call = 0;; ++call) {
    files.fail_at(call, EIO);
    const Error error = load_error();
    if (!files.fault_happened()) break;
    EXPECT_EQ(error.code(), ErrorCode::kIo);
  }
}

/// Pictures by formula, for codes that later releases must find again.
Images waves() {
  Images pictures(4, 8, 8, 1);
  for (std::size_t i = 0; i < pictures.pixels.size(); ++i)
    pictures.pixels[i] = static_cast<std::uint8_t>(i * i * 7 % 255);
  return pictures;
}

TEST_F(ModelFile, OfEveryReleaseLoads) {
  const std::string path = std::string(BETWIXT_SOURCE_DIR) + "/tests/io/golden/model_v1.safetensors";
  if (std::getenv("BETWIXT_WRITE_GOLDEN") && !default_file_system().exists(path)) {
    const Autoencoder model(device, {.picture = {8, 8, 1}, .code = 2, .channels = 2, .seed = 7});
    save_model(path, model, {.codes = model.encode(waves()), .names = {"a.png", "b.png", "c.png", "d.png"}});
  }
  const LoadedModel loaded = load_model(device, path);
  EXPECT_EQ(loaded.names, (std::vector<std::string>{"a.png", "b.png", "c.png", "d.png"}));
  EXPECT_EQ(loaded.model.options().picture, (Shape{8, 8, 1}));
  EXPECT_EQ(loaded.model.options().channels, 2);
  const Codes codes = loaded.model.encode(waves());
  ASSERT_EQ(codes.values.size(), loaded.codes.values.size());
  for (std::size_t i = 0; i < codes.values.size(); ++i) EXPECT_NEAR(codes.values[i], loaded.codes.values[i], 1e-5);
  EXPECT_GT(std::fabs(loaded.codes.values[0]), 1e-6f);
}

}  // namespace
}  // namespace betwixt
