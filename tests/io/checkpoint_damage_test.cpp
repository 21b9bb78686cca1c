// SPDX-License-Identifier: MIT
// Flipped bits in checkpoints of some size. The long form (every bit of 64 KiB, 10,000 flips in 16 MiB) runs with
// BETWIXT_FULL=1.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "betwixt/io/checkpoint.h"
#include "tests/io/io_support.h"
#include "tests/support/memory_files.h"

namespace betwixt {
namespace {

using test_support::MemoryFiles;

constexpr char kPath[] = "run.ckpt";

/// Two files in place, so that a million loads copy nothing but what they read.
class TwoFiles final : public FileSystem {
 public:
  TwoFiles(const std::vector<std::byte>& newest, const std::vector<std::byte>& older)
      : newest_(newest), older_(older) {}

  std::unique_ptr<File> open(const std::string& path) override {
    return std::make_unique<Part>(path == kPath ? newest_ : older_);
  }
  bool exists(const std::string& path) override { return path == kPath || path == std::string(kPath) + ".1"; }
  std::unique_ptr<File> create(const std::string&) override { return nullptr; }
  void rename(const std::string&, const std::string&) override {}
  void remove(const std::string&) override {}
  void make_folder(const std::string&) override {}
  void sync_folder(const std::string&) override {}
  std::vector<FileEntry> list(const std::string&) override { return {}; }

 private:
  struct Part final : File {
    explicit Part(const std::vector<std::byte>& content) : bytes(content) {}
    void read(std::uint64_t offset, std::span<std::byte> into) override {
      std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(offset), into.size(), into.begin());
    }
    std::uint64_t size() override { return bytes.size(); }
    void write(std::span<const std::byte>) override {}
    void sync() override {}
    void close() override {}
    const std::vector<std::byte>& bytes;
  };

  const std::vector<std::byte>& newest_;
  const std::vector<std::byte>& older_;
};

/// A checkpoint file of about `bytes`.
std::vector<std::byte> checkpoint_of(std::size_t bytes) {
  std::vector<float> weights(bytes / sizeof(float));
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = 0.5f + static_cast<float>(i % 1000) * 1e-3f;
  const std::size_t half = weights.size() / 2;
  const std::span<const float> all(weights);
  const NamedBlob blobs[] = {
      {"run", {Shape{static_cast<std::int64_t>(half)}, DType::kF32}, std::as_bytes(all.first(half))},
      {"run.first_moment",
       {Shape{static_cast<std::int64_t>(weights.size() - half)}, DType::kF32},
       std::as_bytes(all.subspan(half))}};
  MemoryFiles files;
  save_checkpoint(files, kPath, {.metadata = JsonValue::object().set("step", 7)}, blobs);
  return files.get(kPath);
}

/// Flips one bit at a time; every one must be noticed, and the generation before taken.
void expect_noticed(const std::vector<std::byte>& good, const std::vector<std::size_t>& bits) {
  const std::vector<std::byte> older = checkpoint_of(256);
  std::size_t noticed = 0;
  std::vector<std::byte> bytes = good;
  TwoFiles files(bytes, older);
  for (const std::size_t bit : bits) {
    bytes[bit / 8] ^= static_cast<std::byte>(1 << (bit % 8));
    const Checkpoint loaded = load_checkpoint(files, kPath);
    bytes[bit / 8] ^= static_cast<std::byte>(1 << (bit % 8));
    noticed += loaded.generation == 1 && loaded.refused.find("run.ckpt: E_") != std::string::npos;
  }
  EXPECT_EQ(noticed, bits.size());
  std::printf("%zu flips in %zu bytes, %zu noticed\n", bits.size(), good.size(), noticed);
}

bool is_full() { return std::getenv("BETWIXT_FULL") != nullptr; }

TEST(CheckpointDamage, EveryBitOf64KiB) {
  const std::vector<std::byte> good = checkpoint_of(63 << 10);
  std::vector<std::size_t> bits;
  // Without the long form one bit of every byte of the header, and of every 31st byte of the numbers.
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    const std::size_t byte = bit / 8;
    const bool chosen = bit % 8 == byte % 8 && (byte < 1024 || byte % 31 == 0);
    if (is_full() || chosen) bits.push_back(bit);
  }
  expect_noticed(good, bits);
}

TEST(CheckpointDamage, RandomBitsOf16MiB) {
  const std::vector<std::byte> good = checkpoint_of(is_full() ? std::size_t{16} << 20 : std::size_t{1} << 20);
  std::vector<std::size_t> bits;
  std::uint64_t state = 11;
  for (int i = 0; i < (is_full() ? 10000 : 50); ++i) {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    bits.push_back((state >> 20) % (8 * good.size()));
  }
  expect_noticed(good, bits);
}

}  // namespace
}  // namespace betwixt
