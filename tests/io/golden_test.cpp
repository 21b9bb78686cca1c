// SPDX-License-Identifier: MIT
// Checkpoints of every release load in every later one.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>

#include "betwixt/io/checkpoint.h"
#include "places.h"
#include "tests/io/io_support.h"

namespace betwixt {
namespace {

constexpr DType kTypes[] = {DType::kF32, DType::kF16, DType::kF64, DType::kU8, DType::kI32, DType::kU32};

/// Bytes of the golden tensors: small, finite in every floating type, different in each.
std::vector<std::byte> contents(DType type) {
  std::vector<std::byte> bytes(6 * dtype_size(type));
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>((i * 13 + dtype_size(type)) % 56);
  return bytes;
}

TEST(GoldenCheckpoint, OfEveryReleaseLoads) {
  const std::string path = std::string(BETWIXT_SOURCE_DIR) + "/tests/io/golden/checkpoint_v1.ckpt";
  FileSystem& files = default_file_system();
  if (std::getenv("BETWIXT_WRITE_GOLDEN") && !files.exists(path)) {
    std::vector<std::vector<std::byte>> bytes;
    for (const DType type : kTypes) bytes.push_back(contents(type));
    std::vector<NamedBlob> blobs;
    for (std::size_t i = 0; i < bytes.size(); ++i)
      blobs.push_back({dtype_name(kTypes[i]), {Shape{2, 3}, kTypes[i]}, bytes[i]});
    const JsonValue metadata = JsonValue::object().set("step", 1234).set("device", "cpu (baseline, 1 threads)");
    save_checkpoint(files, path, {.metadata = metadata, .description_hash = 0x0123456789abcdef}, blobs);
  }
  const Checkpoint checkpoint = load_checkpoint(files, path);
  EXPECT_EQ(checkpoint.generation, 0);
  EXPECT_EQ(checkpoint.description_hash, 0x0123456789abcdefu);
  EXPECT_EQ(JsonField(checkpoint.metadata).at("step").integer(), 1234);
  EXPECT_EQ(JsonField(checkpoint.metadata).at("device").text(), "cpu (baseline, 1 threads)");
  EXPECT_EQ(checkpoint.tensors.size(), std::size(kTypes));
  for (const DType type : kTypes) {
    const NamedBlob& blob = checkpoint.tensor(dtype_name(type));
    EXPECT_EQ(blob.type, (TensorType{Shape{2, 3}, type}));
    const std::vector<std::byte> wanted = contents(type);
    ASSERT_EQ(blob.bytes.size(), wanted.size());
    EXPECT_EQ(std::memcmp(blob.bytes.data(), wanted.data(), wanted.size()), 0) << dtype_name(type);
  }
}

}  // namespace
}  // namespace betwixt
